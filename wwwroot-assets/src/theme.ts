import { forget, remember } from "./time";

export const get = (): string => document.documentElement.dataset.theme ?? "dark";

type Frame = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };
let frame: Frame | null = null;
const system = matchMedia("(prefers-color-scheme: light)");

/** Hands over the page's frame, which is told of every turn, and answers what is shown now. */
export function attach(reference: Frame): string {
  frame = reference;
  return get();
}
export function detach(): void {
  frame = null;
}

function show(name: string): void {
  document.documentElement.dataset.theme = name;
  document.dispatchEvent(new CustomEvent("sevensa:theme", { detail: name }));
}

function chosen(is: boolean): void {
  document.documentElement.toggleAttribute("data-theme-chosen", is);
}

export function set(name: string): void {
  remember("sevensa-theme", name);
  chosen(true);
  show(name);
  void frame?.invokeMethodAsync("ThemeIs", name, true);
}

export function turn(): void {
  set(get() === "dark" ? "light" : "dark");
}

/** Lets the system decide, from now on. */
export function follow(): void {
  forget("sevensa-theme");
  chosen(false);
  show(system.matches ? "light" : "dark");
  void frame?.invokeMethodAsync("ThemeIs", get(), false);
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
  document.addEventListener("click", (e) => {
    if ((e.target as Element).closest?.("[data-theme-toggle]")) turn();
  });
  system.addEventListener("change", () => {
    if (!document.documentElement.hasAttribute("data-theme-chosen")) follow();
  });
}
