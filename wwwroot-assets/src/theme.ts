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

/** Paper is light, whatever the screen is. */
function print(): void {
  const show = (theme: string): void => {
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("sevensa:theme", { detail: theme }));
  };
  let screen = "";
  addEventListener("beforeprint", () => {
    screen = get();
    if (screen !== "light") show("light");
  });
  addEventListener("afterprint", () => {
    if (screen !== "light") show(screen);
  });
}

export function start(): void {
  print();
  document.addEventListener("click", e => {
    if ((e.target as Element).closest?.("[data-theme-toggle]")) set(get() === "dark" ? "light" : "dark");
  });
}
