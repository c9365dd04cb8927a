// What somebody has half written outlives the circuit that it was written in: another dashboard, or the same one after a restart,
// shows an empty page, and it is put back there. Kept in this tab alone, for fields that say so (data-draft), never for a secret.
const prefix = "draft:";
const longestMinutes = 60;
const mostCharacters = 20_000;

type Field = HTMLInputElement | HTMLTextAreaElement;
type Draft = { text: string; at: number };

export function start(root: Document = document, store: Storage = sessionStorage): void {
  // Who signs in next in this tab may be somebody else.
  if (root.querySelector("input[autocomplete=username]:not([type=hidden])")) forget(store);
  root.addEventListener("input", (event) => {
    const field = fieldOf(event.target);
    if (field) keep(store, field);
  });
  root.addEventListener("submit", (event) => {
    if (!(event.target instanceof HTMLFormElement)) return;
    for (const field of event.target.querySelectorAll<Field>("[data-draft]")) store.removeItem(keyOf(field));
  });
  const restore = (within: ParentNode): void => {
    for (const field of within.querySelectorAll<Field>("[data-draft]")) put(store, field);
  };
  restore(root);
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.matches("[data-draft]")) put(store, node as Field);
        restore(node);
      }
  }).observe(root.body, { childList: true, subtree: true });
}

function fieldOf(target: EventTarget | null): Field | null {
  const field = target instanceof Element && target.matches("[data-draft]") ? (target as Field) : null;
  return field && !(field instanceof HTMLInputElement && field.type === "password") ? field : null;
}

function keyOf(field: Field): string {
  return `${prefix}${location.pathname}${location.search}#${field.dataset.draft}`;
}

function keep(store: Storage, field: Field): void {
  try {
    if (field.value === "" || field.value.length > mostCharacters) store.removeItem(keyOf(field));
    else store.setItem(keyOf(field), JSON.stringify({ text: field.value, at: Date.now() } satisfies Draft));
  } catch {
    // Full, or not allowed here: then it is not kept.
  }
}

function put(store: Storage, field: Field): void {
  const kept = store.getItem(keyOf(field));
  if (!kept || field.value !== "" || !fieldOf(field)) return;
  const draft = read(kept);
  if (!draft || Date.now() - draft.at > longestMinutes * 60_000) {
    store.removeItem(keyOf(field));
    return;
  }
  field.value = draft.text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function read(kept: string): Draft | null {
  try {
    const draft = JSON.parse(kept) as Partial<Draft> | null;
    return typeof draft?.text === "string" && typeof draft.at === "number" ? { text: draft.text, at: draft.at } : null;
  } catch {
    return null;
  }
}

function forget(store: Storage): void {
  for (const key of Object.keys(store)) if (key.startsWith(prefix)) store.removeItem(key);
}
