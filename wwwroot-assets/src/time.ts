// Ages tick in the browser: one timer for the page, none on the server.
import { root } from "./base";

let skew = 0;

/** The server's clock decides; a viewer's clock may be minutes off. */
export function setServerNow(unixMilliseconds: number): void {
  skew = unixMilliseconds - Date.now();
  tick();
}

export const now = (): number => Date.now() + skew;

export function age(milliseconds: number): string {
  const s = Math.floor(Math.abs(milliseconds) / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  if (s < 730 * 86400) return `${Math.floor(s / 86400)} d`;
  return `${Math.floor(s / (365 * 86400))} y`;
}

export function relative(at: number, from: number, style: string): string {
  const difference = from - at;
  const words = age(difference);
  if (style === "bare") return words;
  return difference <= -1000 ? `in ${words}` : difference < 1000 ? "just now" : `${words} ago`;
}

export function tick(): void {
  const moment = now();
  for (const element of document.querySelectorAll<HTMLTimeElement>("time[data-age]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const words = relative(at, moment, element.dataset.age ?? "");
    // The text node is kept: the page's renderer holds a reference to it.
    const node = element.firstChild;
    if (node && node.nodeValue !== words) node.nodeValue = words;
  }
}

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export function start(): void {
  remember("sevensa-zone", zone());
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });
}

export function remember(name: string, value: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; path=${root()}; max-age=31536000; samesite=lax${secure}`;
}

export function forget(name: string): void {
  document.cookie = `${name}=; path=/; max-age=0; samesite=lax`;
}
