import { remember } from "./time";

export const get = (): string => document.documentElement.dataset.theme ?? "dark";

export function set(name: string): void {
  document.documentElement.dataset.theme = name;
  remember("sevensa-theme", name);
  document.dispatchEvent(new CustomEvent("sevensa:theme", { detail: name }));
}

/** A colour of the tokens as the canvas needs it. */
export const token = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

export function start(): void {
  document.addEventListener("click", e => {
    if ((e.target as Element).closest?.("[data-theme-toggle]")) set(get() === "dark" ? "light" : "dark");
  });
}
