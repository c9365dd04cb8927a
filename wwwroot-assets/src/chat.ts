/**
 * A chat's field and its messages: Enter sends, Shift+Enter breaks the line, the newest message stays in view unless one reads
 * above; a question of one's own comes into view.
 */
const nearEnd = 80;

export function start(root: Document = document): void {
  root.addEventListener("keydown", (event) => {
    const field = (event.target as HTMLElement | null)?.closest?.<HTMLTextAreaElement>("textarea[data-submit-on-enter]");
    if (!field || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    field.form?.requestSubmit();
  });
  root.addEventListener("input", (event) => {
    const field = (event.target as HTMLElement | null)?.closest?.<HTMLTextAreaElement>("textarea[data-autogrow]");
    if (field) grow(field);
  });
  new MutationObserver((changes) => {
    const followed = new Set<Element>();
    for (const change of changes) {
      const element = change.target instanceof Element ? change.target : change.target.parentElement;
      const box = element?.closest<HTMLElement>("[data-follow]");
      if (!box) continue;
      if ([...change.addedNodes].some((node) => node instanceof Element && node.matches("[data-asked]"))) lastHeight.delete(box);
      followed.add(box);
    }
    for (const box of followed) follow(box as HTMLElement);
  }).observe(root.body, { childList: true, subtree: true, characterData: true });
}

function grow(field: HTMLTextAreaElement): void {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

const lastHeight = new WeakMap<HTMLElement, number>();

function follow(box: HTMLElement): void {
  const before = lastHeight.get(box) ?? 0;
  const wasAtEnd = box.scrollTop + box.clientHeight >= before - nearEnd;
  lastHeight.set(box, box.scrollHeight);
  if (wasAtEnd) box.scrollTop = box.scrollHeight;
}
