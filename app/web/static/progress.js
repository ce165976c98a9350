// A job's page while the job runs: brings its count up to date, and loads the page anew when the job has ended.
// Without script the page has a link that does the same. The answer is the same page, not a second form of it.

const SECONDS = 3;
const FAILED_SECONDS = 15;

/** @param {ParentNode} page @returns {HTMLElement | null} where the count stands; nothing once the job has ended */
function count(page) {
  return page.querySelector("[data-progress]");
}

/** @returns {Promise<number>} seconds until the next look; 0: there is nothing left to look for */
async function look() {
  const shown = count(document);
  if (!shown) return 0;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return FAILED_SECONDS;
  const newer = count(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (!newer) {
    location.reload();
    return 0;
  }
  // Said aloud only when something moved.
  if (shown.textContent !== newer.textContent) shown.textContent = newer.textContent;
  return SECONDS;
}

/** @param {number} seconds */
function later(seconds) {
  if (seconds) setTimeout(() => look().catch(() => FAILED_SECONDS).then(later), seconds * 1000);
}

document.querySelector("[data-progress-note]")?.removeAttribute("hidden");
later(SECONDS);
