// Menus, panels, dialogs and drawers are the library's. A field or button of theirs that asks for the focus gets it as it comes
// into the page, a round trip before the server could give it, so that on a slow line nothing typed goes elsewhere; who had the
// focus gets it back when it is gone.
import { isTyping } from "./keys";

const surface = ".mud-dialog, .flyout";
const held: { wanting: HTMLElement; before: HTMLElement | null }[] = [];

function take(node: Node): void {
  if (!(node instanceof Element)) return;
  const wanting = node.matches("[autofocus]") ? (node as HTMLElement) : node.querySelector<HTMLElement>("[autofocus]");
  if (!wanting?.closest(surface) || held.some((one) => one.wanting === wanting)) return;
  held.push({ wanting, before: document.activeElement as HTMLElement | null });
  wanting.focus({ preventScroll: true });
}

function giveBack(): void {
  for (let at = held.length - 1; at >= 0; at--) {
    const { wanting, before } = held[at]!;
    if (wanting.isConnected) continue;
    held.splice(at, 1);
    if (document.activeElement === document.body && before?.isConnected) before.focus({ preventScroll: true });
  }
}

export function start(): void {
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach(take);
    if (held.length > 0) giveBack();
  }).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("keydown", (e) => {
    const panel = (e.target as Element).closest?.<HTMLElement>(".flyout");
    if (!panel || isTyping(e.target) || (e.key !== "ArrowDown" && e.key !== "ArrowUp")) return;
    const items = [...panel.querySelectorAll<HTMLElement>("a[href], button.item")].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (e.key === "ArrowDown" ? 1 : items.length - 1) + (at < 0 && e.key === "ArrowUp" ? 1 : 0)) % items.length]?.focus();
    e.preventDefault();
  });
}

export function scrollIntoView(selector: string): void {
  document.querySelector(selector)?.scrollIntoView({ block: "nearest" });
}

/** Sends a form that has no button of its own in sight. */
export function submit(form: HTMLFormElement): void {
  form.requestSubmit();
}
