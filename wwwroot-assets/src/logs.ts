// Follow mode: while the viewer is at the bottom, new rows keep them there; scrolling up lets go, and says so once.
type Owner = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };

export function attach(box: HTMLElement, owner: Owner, following: boolean): { follow(on: boolean): void; reveal(index: number, height: number): void; dispose(): void } {
  let on = following;
  let byUs = false;
  const atBottom = (): boolean => box.scrollHeight - box.scrollTop - box.clientHeight < 24;
  const stick = (): void => {
    if (!on) return;
    byUs = true;
    box.scrollTop = box.scrollHeight;
    requestAnimationFrame(() => { byUs = false; });
  };
  const changed = new MutationObserver(stick);
  changed.observe(box, { childList: true, subtree: true, attributes: true, attributeFilter: ["style", "class"] });
  const sized = new ResizeObserver(stick);
  sized.observe(box);
  const scrolled = (): void => {
    if (byUs) return;
    const next = atBottom();
    if (next === on) return;
    on = next;
    void owner.invokeMethodAsync("FollowChanged", on).catch(() => undefined);
  };
  // Only a person's own scrolling lets go; rows arriving must not.
  let touched = 0;
  const touch = (): void => { touched = performance.now(); };
  const onScroll = (): void => { if (performance.now() - touched < 1500 || atBottom()) scrolled(); };
  box.addEventListener("wheel", touch, { passive: true });
  box.addEventListener("touchmove", touch, { passive: true });
  box.addEventListener("keydown", touch);
  box.addEventListener("pointerdown", touch);
  box.addEventListener("scroll", onScroll, { passive: true });
  const keys = (e: KeyboardEvent): void => {
    if (["ArrowDown", "ArrowUp", " "].includes(e.key) && e.target === box) e.preventDefault();
  };
  box.addEventListener("keydown", keys);
  stick();
  return {
    follow(next) {
      on = next;
      stick();
    },
    reveal(index, height) {
      const top = index * height;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top + height > box.scrollTop + box.clientHeight - 8) box.scrollTop = top + height - box.clientHeight + 12;
    },
    dispose() {
      changed.disconnect();
      sized.disconnect();
      box.removeEventListener("wheel", touch);
      box.removeEventListener("touchmove", touch);
      box.removeEventListener("keydown", touch);
      box.removeEventListener("pointerdown", touch);
      box.removeEventListener("scroll", onScroll);
      box.removeEventListener("keydown", keys);
    },
  };
}
