// Menus are native popovers and dialogs native dialogs: light dismiss, Esc and focus come from the browser.
export function start(): void {
  document.addEventListener("toggle", e => {
    const panel = e.target as HTMLElement;
    if (!panel.matches?.(".menu-panel")) return;
    const opener = document.querySelector<HTMLElement>(`[popovertarget="${CSS.escape(panel.id)}"]`);
    const open = (e as ToggleEvent).newState === "open";
    opener?.setAttribute("aria-expanded", String(open));
    if (!open || !opener || panel.classList.contains("drawer")) return;
    place(panel, opener);
    panel.querySelector<HTMLElement>("[autofocus], .on")?.focus();
  }, true);
  document.addEventListener("click", e => {
    const item = (e.target as Element).closest?.(".menu-panel a[href], .menu-panel [data-closes]");
    (item?.closest(".menu-panel") as HTMLElement | null)?.hidePopover?.();
    const dialog = e.target as HTMLDialogElement;
    if (dialog.tagName === "DIALOG" && dialog.classList.contains("modal") && e.detail > 0) dialog.close();
  });
  document.addEventListener("keydown", e => {
    const panel = (e.target as Element).closest?.<HTMLElement>(".menu-panel");
    if (!panel || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    const items = [...panel.querySelectorAll<HTMLElement>("a[href], button.item")].filter(i => i.offsetParent);
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (e.key === "ArrowDown" ? 1 : items.length - 1) + (at < 0 && e.key === "ArrowUp" ? 1 : 0)) % items.length]?.focus();
    e.preventDefault();
  });
}

function place(panel: HTMLElement, opener: HTMLElement): void {
  const at = opener.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8));
  const below = at.bottom + 6;
  panel.style.left = `${left}px`;
  panel.style.top = `${below + size.height > innerHeight - 8 && at.top > size.height + 14 ? at.top - size.height - 6 : below}px`;
}

export function openDialog(dialog: HTMLDialogElement): void {
  if (!dialog.open) dialog.showModal();
  dialog.querySelector<HTMLElement>("[autofocus]")?.focus();
}

export function closeDialog(dialog: HTMLDialogElement | null): void {
  dialog?.close();
}

export function scrollIntoView(selector: string): void {
  document.querySelector(selector)?.scrollIntoView({ block: "nearest" });
}

export function hide(id: string): void {
  document.getElementById(id)?.hidePopover?.();
}
