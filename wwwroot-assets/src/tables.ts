// On a narrow screen a list's rows stand one below the other, each value beside the name of its column. The names are the
// table's own heads; roles are said again, since a table that is not laid out as one is none to a screen reader.
const narrow = matchMedia("(max-width: 640px)");
let waiting = false;

function label(table: HTMLTableElement): void {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map(head =>
    head.querySelector(".visually-hidden") ? "" : head.textContent?.trim().replace(/\s+/g, " ") ?? "");
  table.setAttribute("role", "table");
  for (const body of table.tBodies) {
    body.setAttribute("role", "rowgroup");
    for (const row of body.rows) {
      if (row.getAttribute("role") === null) row.setAttribute("role", "row");
      [...row.cells].forEach((cell, at) => {
        if (cell.getAttribute("role") === null) cell.setAttribute("role", "cell");
        const name = row.cells.length === heads.length ? heads[at] ?? "" : "";
        if (cell.dataset.label !== name) cell.dataset.label = name;
      });
    }
  }
}

function labelAll(): void {
  waiting = false;
  if (narrow.matches) document.querySelectorAll<HTMLTableElement>("main table.list:not(.dense, .fixed-rows, .tenants)").forEach(label);
}

function soon(): void {
  if (waiting || !narrow.matches) return;
  waiting = true;
  requestAnimationFrame(labelAll);
}

export function start(): void {
  narrow.addEventListener("change", soon);
  new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  soon();
}
