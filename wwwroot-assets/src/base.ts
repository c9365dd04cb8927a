// Links are written from the root of the program ("/approvals"). Where it is served below a path, they are put below it as
// they come into the page, so that a click, a new tab and a copied address all lead there.
const attributes = ["href", "action", "formaction"];

export const root = (): string => new URL(document.baseURI).pathname;

export function start(): void {
  const below = root();
  // Static pages are written by the server as they are to be; the framework puts whole addresses into their forms.
  if (below === "/" || document.body.dataset.circuit !== "yes") {
    return;
  }
  // What was put here, to know it again: a page may begin with the same word as the path.
  const placed = new WeakMap<Element, Map<string, string>>();
  const place = (element: Element): void => {
    for (const name of attributes) {
      const to = element.getAttribute(name);
      if (!to?.startsWith("/") || to.startsWith("//") || element.tagName === "BASE" || placed.get(element)?.get(name) === to) {
        continue;
      }
      const there = below + to.slice(1);
      placed.set(element, (placed.get(element) ?? new Map<string, string>()).set(name, there));
      element.setAttribute(name, there);
    }
  };
  const within = (node: Node): void => {
    if (node instanceof Element) {
      place(node);
      node.querySelectorAll("[href], [action], [formaction]").forEach(place);
    }
  };
  within(document.documentElement);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === "attributes") {
        place(change.target as Element);
      }
      change.addedNodes.forEach(within);
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: attributes });
}
