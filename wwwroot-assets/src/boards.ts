// A dashboard's page: tells which panels are in view, and lets panels be moved by hand or by keys while it is edited.
type Owner = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };
type Place = { x: number; y: number; w: number; h: number };

const rowHeight = 38;
const gap = 8;
const columns = 24;

class Board {
  private readonly known = new Set<string>();
  private readonly waiting = new Set<string>();
  private readonly seen: IntersectionObserver;
  private editing = false;
  private timer = 0;
  private readonly down = (e: PointerEvent): void => this.grab(e);
  private readonly key = (e: KeyboardEvent): void => this.step(e);
  private readonly escape = (e: KeyboardEvent): void => {
    if (e.key === "Escape" && !e.defaultPrevented) this.root.querySelector<HTMLElement>("[data-escape]")?.click();
  };

  constructor(
    private readonly root: HTMLElement,
    private readonly owner: Owner,
  ) {
    this.seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) if (entry.isIntersecting) this.tell(entry.target as HTMLElement);
      },
      { rootMargin: "300px" },
    );
    root.addEventListener("pointerdown", this.down);
    root.addEventListener("keydown", this.key);
    document.addEventListener("keydown", this.escape);
  }

  /** After each render: panels that are new are watched. */
  look(editing: boolean): void {
    this.editing = editing;
    for (const cell of this.root.querySelectorAll<HTMLElement>("[data-cell]"))
      if (!this.known.has(cell.dataset.cell!)) this.seen.observe(cell);
  }

  dispose(): void {
    this.seen.disconnect();
    clearTimeout(this.timer);
    this.root.removeEventListener("pointerdown", this.down);
    this.root.removeEventListener("keydown", this.key);
    document.removeEventListener("keydown", this.escape);
  }

  private tell(cell: HTMLElement): void {
    const key = cell.dataset.cell!;
    this.seen.unobserve(cell);
    if (this.known.has(key)) return;
    this.known.add(key);
    this.waiting.add(key);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const keys = [...this.waiting];
      this.waiting.clear();
      void this.owner.invokeMethodAsync("Seen", keys).catch(() => undefined);
    }, 30);
  }

  private place(cell: HTMLElement): Place {
    const read = (name: string): number => Number(cell.style.getPropertyValue(name));
    return { x: read("--x") - 1, y: read("--y") - 1, w: read("--w"), h: read("--h") };
  }

  private put(cell: HTMLElement, to: Place): void {
    void this.owner.invokeMethodAsync("Place", Number(cell.dataset.id), to.x, to.y, to.w, to.h).catch(() => undefined);
  }

  private grab(e: PointerEvent): void {
    const target = e.target as HTMLElement;
    const resizing = !!target.closest("[data-resize]");
    const cell = target.closest<HTMLElement>("[data-cell]");
    const grid = target.closest<HTMLElement>(".board-grid");
    if (!this.editing || !cell || !grid || e.button !== 0 || (!resizing && !target.closest("[data-handle]"))) return;
    e.preventDefault();
    const from = this.place(cell);
    const column = (grid.clientWidth + gap) / columns;
    const shadow = document.createElement("div");
    shadow.className = "board-shadow";
    grid.append(shadow);
    let to = from;
    const move = (m: PointerEvent): void => {
      const dx = Math.round((m.clientX - e.clientX) / column);
      const dy = Math.round((m.clientY - e.clientY) / rowHeight);
      to = resizing
        ? { ...from, w: Math.max(2, Math.min(columns - from.x, from.w + dx)), h: Math.max(2, from.h + dy) }
        : { ...from, x: Math.max(0, Math.min(columns - from.w, from.x + dx)), y: Math.max(0, from.y + dy) };
      shadow.style.cssText = `grid-column: ${to.x + 1} / span ${to.w}; grid-row: ${to.y + 1} / span ${to.h}`;
      if (!resizing) cell.style.translate = `${m.clientX - e.clientX}px ${m.clientY - e.clientY}px`;
    };
    const end = (): void => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", end);
      window.removeEventListener("pointercancel", end);
      shadow.remove();
      cell.style.translate = "";
      cell.classList.remove("dragged");
      if (JSON.stringify(to) !== JSON.stringify(from)) this.put(cell, to);
    };
    cell.classList.add("dragged");
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", end);
    window.addEventListener("pointercancel", end);
  }

  private step(e: KeyboardEvent): void {
    const cell = (e.target as HTMLElement).closest?.("[data-handle]")?.closest<HTMLElement>("[data-cell]");
    const by = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[e.key];
    if (!this.editing || !cell || !by || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    const at = this.place(cell);
    const [dx, dy] = by;
    this.put(
      cell,
      e.shiftKey
        ? { ...at, w: Math.max(2, Math.min(columns - at.x, at.w + dx)), h: Math.max(2, at.h + dy) }
        : { ...at, x: Math.max(0, Math.min(columns - at.w, at.x + dx)), y: Math.max(0, at.y + dy) },
    );
  }
}

export const watch = (root: HTMLElement, owner: Owner): Board => new Board(root, owner);
