// Follow mode: while the viewer is at the bottom, new rows keep them there; scrolling up lets go, and says so once.
// Of many rows the server renders those around the reader; which these are it is told before they run out.
type Owner = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };
type View = { follow(on: boolean): void; move(rows: number, evenAtTop: boolean): void; reveal(index: number): void; dispose(): void };

/** Fewer rendered rows than these ahead of the reader, and more are asked for. */
const spare = 90;

/** Further ahead nobody is expected, however fast they scroll. */
const furthest = 600;

export function attach(box: HTMLElement, owner: Owner, canFollow: boolean, following: boolean, height: number): View {
  let on = following;
  let byUs = false;
  let shift = 0;
  let asking = false;
  let ahead = 0;
  let told = -Infinity;
  let gone = false;
  const atBottom = (): boolean => box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  const figure = (name: string): number => Number(box.dataset[name] ?? 0);
  const ours = (act: () => void): void => {
    byUs = true;
    act();
    requestAnimationFrame(() => {
      byUs = false;
    });
  };
  const stick = (): void => {
    if (on)
      ours(() => {
        box.scrollTop = box.scrollHeight;
      });
  };

  const look = (): void => {
    if (on || asking || gone) return;
    const [start, shown, total] = [figure("start"), figure("shown"), figure("total")];
    if (shown === total) return;
    const first = Math.floor(box.scrollTop / height);
    const visible = Math.ceil(box.clientHeight / height) + 1;
    const above = start > 0 && first - start < spare;
    const below = start + shown < total && start + shown - (first + visible) < spare;
    if (!above && !below) return;
    asking = true;
    if (performance.now() - told > 250) ahead = 0;
    const guessed = ahead !== 0;
    void owner
      .invokeMethodAsync("Looked", Math.max(0, first + ahead), visible)
      .then(
        () => true,
        () => false,
      )
      .then((answered) => {
        asking = false;
        // As far as the reader went on meanwhile they will go on during the next answer, too.
        const moved = Math.floor(box.scrollTop / height) - first;
        told = performance.now();
        ahead = Math.max(-furthest, Math.min(furthest, moved));
        // Who stopped instead is looked after once more.
        if (answered && (moved !== 0 || guessed)) look();
      });
  };

  const changed = new MutationObserver(() => {
    if (shift !== 0) {
      const by = shift;
      shift = 0;
      ours(() => {
        box.scrollTop += by;
      });
    }
    stick();
    // Rows may be others now, or be shown another way, without a scroll.
    look();
  });
  changed.observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ["style", "class"] });
  const sized = new ResizeObserver(() => {
    stick();
    look();
  });
  sized.observe(box);
  const scrolled = (): void => {
    if (byUs || !canFollow) return;
    const next = atBottom();
    if (next === on) return;
    on = next;
    void owner.invokeMethodAsync("FollowChanged", on).catch(() => undefined);
  };
  // Only a person's own scrolling lets go; rows arriving must not.
  let touched = -Infinity;
  let held = false;
  const touch = (): void => {
    touched = performance.now();
  };
  const press = (): void => {
    held = true;
    touch();
  };
  const release = (): void => {
    if (held) touch();
    held = false;
  };
  const onScroll = (): void => {
    if (held || performance.now() - touched < 1500 || atBottom()) scrolled();
    look();
  };
  const keys = (e: KeyboardEvent): void => {
    touch();
    if (["ArrowDown", "ArrowUp", " "].includes(e.key) && e.target === box) e.preventDefault();
  };
  // Letting go is not left to the next scroll event: rows that arrive between would scroll back.
  const wheel = (e: WheelEvent): void => {
    touch();
    if (e.deltaY < 0 && on && box.scrollTop > 0) {
      on = false;
      void owner.invokeMethodAsync("FollowChanged", false).catch(() => undefined);
    }
  };
  const stop = new AbortController();
  const heard = { passive: true, signal: stop.signal };
  box.addEventListener("wheel", wheel, heard);
  box.addEventListener("touchmove", touch, heard);
  box.addEventListener("pointerdown", press, heard);
  addEventListener("pointerup", release, heard);
  addEventListener("pointercancel", release, heard);
  box.addEventListener("scroll", onScroll, heard);
  box.addEventListener("keydown", keys, { signal: stop.signal });
  stick();
  look();
  return {
    follow(next) {
      on = next;
      stick();
      look();
    },
    move(rows, evenAtTop) {
      if (!on && (evenAtTop || box.scrollTop > 0)) shift += rows * height;
    },
    reveal(index) {
      const top = index * height;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + height > box.scrollTop + box.clientHeight - 8) box.scrollTop = top + height - box.clientHeight + 12;
    },
    dispose() {
      gone = true;
      stop.abort();
      changed.disconnect();
      sized.disconnect();
    },
  };
}
