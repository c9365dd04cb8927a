// Rows of a grid that open something can be walked by key (keys.ts), whatever was rendered anew.
//
// On a narrow screen a list's rows stand one below the other, each value beside the name of its column. The names are the
// table's own heads; roles are said again, since a table that is not laid out as one is none to a screen reader.
const narrow = matchMedia("(max-width: 640px)");

/** Where the library's grids stand so; they name their cells themselves, also those that hold nothing. */
const stacked = matchMedia("(max-width: 960px)");
let waiting = false;

function label(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) =>
    head.querySelector(".visually-hidden") ? "" : (head.textContent?.trim().replace(/\s+/g, " ") ?? ""),
  );
  table.setAttribute("role", "table");
  for (const body of table.tBodies) {
    body.setAttribute("role", "rowgroup");
    for (const row of body.rows) {
      if (row.getAttribute("role") === null) row.setAttribute("role", "row");
      [...row.cells].forEach((cell, at) => {
        if (cell.getAttribute("role") === null) cell.setAttribute("role", "cell");
        if (!table.classList.contains("list")) {
          cell.toggleAttribute("data-blank", !cell.firstElementChild && !cell.textContent?.trim());
          return;
        }
        const name = row.cells.length === heads.length ? (heads[at] ?? "") : "";
        if (cell.dataset.label !== name) cell.dataset.label = name;
      });
    }
  }
}

function walk(): void {
  const rows = "main .mud-data-grid.rows .mud-table-body > .mud-table-row:not(.detail, [tabindex]):has(> td)";
  for (const row of document.querySelectorAll<HTMLElement>(rows)) row.tabIndex = 0;
}

function look(): void {
  waiting = false;
  walk();
  if (narrow.matches) document.querySelectorAll<HTMLTableElement>("main table.list:not(.dense, .fixed-rows, .tenants)").forEach(label);
  if (stacked.matches) document.querySelectorAll<HTMLTableElement>("main .mud-sm-table table.mud-table-root").forEach(label);
}

function soon(): void {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(look);
}

export function start(): void {
  narrow.addEventListener("change", soon);
  stacked.addEventListener("change", soon);
  new MutationObserver((changes) => {
    // A word that changes matters where a cell without one is left out.
    if (stacked.matches || changes.some((change) => change.type === "childList")) soon();
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
  soon();
}
