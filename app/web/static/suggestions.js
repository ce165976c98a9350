// Suggestions below a search field while one types. An improvement only: the form works without it.
"use strict";
for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-suggest]"))) {
  const list = document.getElementById(`${field.id}-suggestions`);
  if (list === null) continue;
  let waiting = 0;
  /** @type {AbortController | null} */
  let asked = null;
  const close = () => { list.replaceChildren(); };
  const ask = async () => {
    const typed = field.value.trim();
    asked?.abort();
    if (!typed) { close(); return; }
    asked = new AbortController();
    try {
      const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(typed.slice(0, 100))}`, { signal: asked.signal });
      if (!answer.ok) { close(); return; }
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...part.body.childNodes);
    } catch (failure) {
      if (!(failure instanceof DOMException && failure.name === "AbortError")) close();
    }
  };
  field.addEventListener("input", (event) => {
    // While kana are still being turned into kanji, what stands there is no word yet.
    if (event instanceof InputEvent && event.isComposing) return;
    clearTimeout(waiting);
    waiting = window.setTimeout(ask, 150);
  });
  field.addEventListener("compositionend", ask);
  field.form?.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}
