// Keys of the whole page. What needs the server (palette, key list) is handed to the layout's .NET reference.
type Layout = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };
let layout: Layout | null = null;

export function attach(reference: Layout): void {
  layout = reference;
}
export function detach(): void {
  layout = null;
}

export function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return (
    !!element &&
    (element.isContentEditable ||
      (/^(input|textarea|select)$/i.test(element.tagName ?? "") &&
        !/^(checkbox|radio|button|submit)$/i.test((element as HTMLInputElement).type ?? "")))
  );
}

/** What is walked by arrows: lists whose rows open something. The library's grids are made so in tables.ts. */
const walked = "table.list tr[tabindex], .mud-data-grid.rows tr[tabindex]";

export function start(): void {
  // Enter in an open list to choose from chooses; it doesn't send the form as well.
  document.addEventListener(
    "keydown",
    (e) => {
      if (e.key === "Enter" && (e.target as Element).matches?.('form input[role="combobox"][aria-expanded="true"]')) e.preventDefault();
    },
    true,
  );
  document.addEventListener("keydown", (e) => {
    if (e.defaultPrevented || e.isComposing) return;
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") {
      e.preventDefault();
      void layout?.invokeMethodAsync("OpenPalette");
      return;
    }
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (isTyping(e.target)) {
      if (e.key === "Escape" && (e.target as HTMLElement).matches("[data-page-search]")) (e.target as HTMLElement).blur();
      return;
    }
    // A dialog stands before the page: what it covers is not walked or searched meanwhile.
    if ((e.target as Element).closest?.(".mud-dialog")) return;
    if (e.key === "/") {
      const search = [...document.querySelectorAll<HTMLElement>("[data-page-search]")].find((x) => x.offsetParent);
      if (!search) return;
      e.preventDefault();
      search.focus();
      (search as HTMLInputElement).select?.();
    } else if (e.key === "?") {
      e.preventDefault();
      void layout?.invokeMethodAsync("OpenKeys");
    } else if (e.key === "ArrowDown" || e.key === "ArrowUp" || e.key === "j" || e.key === "k" || e.key === "Home" || e.key === "End") {
      moveRow(e);
    } else if (e.key === "Enter" && (e.target as Element).matches?.(walked)) {
      (e.target as Element).querySelector<HTMLElement>("a[href], button")?.click();
    } else if (e.key === "x" && (e.target as Element).matches?.(walked)) {
      (e.target as Element).querySelector<HTMLElement>("input[type=checkbox]")?.click();
    }
  });
}

function moveRow(e: KeyboardEvent): void {
  const here = (e.target as Element).closest?.(walked);
  const table =
    here?.closest("table") ?? (e.target === document.body ? document.querySelector(`main :is(${walked})`)?.closest("table") : null);
  if (!table) return;
  const rows = [...table.querySelectorAll<HTMLElement>("tbody tr[tabindex]")];
  const at = here ? rows.indexOf(here as HTMLElement) : -1;
  const next = e.key === "Home" ? 0 : e.key === "End" ? rows.length - 1 : e.key === "ArrowDown" || e.key === "j" ? at + 1 : at - 1;
  const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
  if (!row) return;
  e.preventDefault();
  row.focus();
}
