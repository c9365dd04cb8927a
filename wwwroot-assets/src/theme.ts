import { remember } from "./time";

export const get = (): string => document.documentElement.dataset.theme ?? "dark";

export function set(name: string): void {
  document.documentElement.dataset.theme = name;
  remember("sevensa-theme", name);
  document.dispatchEvent(new CustomEvent("sevensa:theme", { detail: name }));
}

const known = new Map<string, string>();
let knownOf = "";

/** A colour of the tokens as the canvas needs it. Read once for each theme: a page of charts asks for hundreds in a frame. */
export function token(name: string): string {
  const theme = get();
  if (theme !== knownOf) {
    known.clear();
    knownOf = theme;
  }
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    // Empty before the style sheet is there.
    if (value) known.set(name, value);
  }
  return value;
}

export function start(): void {
  document.addEventListener("click", e => {
    if ((e.target as Element).closest?.("[data-theme-toggle]")) set(get() === "dark" ? "light" : "dark");
  });
}
