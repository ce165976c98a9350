"""First-generation specifications: prose by section number with three lists. Line breaks and bullets are kept."""

from __future__ import annotations

import re
from typing import Final

from app.kit.errors import PlacedFault
from app.kit.xlsx_reading import Grid
from app.specifications.mapping import PROSE_LISTS, ImportMapping, SheetMapping
from app.specifications.reading import Reading, TableReader
from catalogue_schema.requirements import SIZE_CLASSES, Requirement, folded_key
from catalogue_schema.text import clean, printable

_PROSE_MARKS: Final = {"required": "必須", "optional": "任意", "prohibited": "不可"}
_HEADING = re.compile(
    r"^[\s　]*[【\[［（(〔■●◆]?[\s　]*("
    + "|".join(PROSE_LISTS.values())
    + r")[\s　]*[】\]］）)〕]?[\s　]*[:：]?[\s　]*$"
)


class ProseReader(TableReader):
    """Prose by section number, with a list for each obligation: one requirement per list and section."""

    def __init__(
        self, sheet: SheetMapping, grid: Grid, mapping: ImportMapping, id_scheme: str, reading: Reading
    ) -> None:
        super().__init__(sheet, grid, mapping, "own", reading)
        if id_scheme != "own":
            self.fault_of_scheme()
        self._section = ""
        self._title = ""
        self._category: tuple[str, ...] = ()
        self._note = ""
        self._began = 0
        self._lists: dict[str, list[str]] = {}
        self._list = ""

    def fault_of_scheme(self) -> None:
        """Sections have no 機能ID."""
        message = "項番ごとの文章の要件には、機能ID（7桁）がありません。"
        remedy = 'この仕様書の id_scheme を "own" にしてください。'
        self.reading.faults.append(PlacedFault("id_scheme", message, remedy, sheet=self.cells.grid.sheet))

    def row(self, number: int) -> None:
        """Read one row: a new section, or more of the last one."""
        section = folded_key(self.text(number, "section"))
        area = self.cells.area(number, self.headings.columns["section"][0])
        new = bool(section) and not (area is not None and area.top < number and section == self._section)
        if new:
            self.end()
            self._section, self._began, self._list = section, number, ""
            self._title = clean(self.text(number, "title").replace("\n", " "))
            self._category = self.category(number)
            self._note = clean(self.text(number, "note"))
        for name in PROSE_LISTS:
            if name in self.headings.columns:
                self._add(number, name, self.cells.own(number, self.headings.columns[name][0]))
        if "text" in self.headings.columns:
            own = self.cells.own(number, self.headings.columns["text"][0])
            for line in own.split("\n") if own else ():
                heading = _HEADING.match(line)
                if heading:
                    self._list = next(name for name, said in PROSE_LISTS.items() if said == heading[1])
                elif self._list:
                    self._add(number, self._list, line)
                elif line.strip():
                    message = f"どの一覧にも入らない文章があります（{printable(line.strip(), 30)}）。"
                    remedy = "【実装すべき機能】などの見出しの下に書かれたものだけを読みました。"
                    self.doubt(number, "text", "outside_lists", message, remedy)

    def _add(self, number: int, name: str, text: str) -> None:
        if not text.strip():
            return
        if not self._section:
            message = "項番より前に文章があります。"
            self.doubt(number, name, "no_requirement", message, "要件としては読んでいません。")
            return
        self._lists.setdefault(name, []).append(text)

    def end(self) -> None:
        """Make requirements of the section that ends here."""
        for name, said in PROSE_LISTS.items():
            lines = self._lists.get(name)
            if not lines:
                continue
            self.found.append(
                Requirement(
                    key=f"{self._section}/{_PROSE_MARKS[name]}",
                    kind=self.sheet.kind,
                    category=(*self._category, *([f"{self._section} {self._title}".strip()]), said),
                    text=clean("\n".join(lines)),
                    obligation=dict.fromkeys(SIZE_CLASSES, name),
                    note=self._note,
                )
            )
            self.rows.append(self._began)
        self._lists = {}
