// What went wrong with a press is said at the head of its part. On a phone, or below a long list, that is out of sight of the
// button that was pressed: it is brought into view. What comes by itself moves nothing.
const patience = 20_000;
const wrong = ".note.crit[role=alert]:not([hidden])";

export function start(): void {
  let pressed = -Infinity;
  for (const kind of ["click", "submit"]) {
    document.addEventListener(kind, () => (pressed = performance.now()), true);
  }
  new MutationObserver((changes) => {
    if (performance.now() - pressed > patience) {
      return;
    }
    for (const change of changes) {
      const within = change.type === "characterData" ? [change.target.parentElement] : [...change.addedNodes];
      for (const node of within) {
        const note = node instanceof Element ? (node.closest(wrong) ?? node.querySelector(wrong)) : node?.parentElement?.closest(wrong);
        if (note) {
          note.scrollIntoView({ block: "nearest" });
          return;
        }
      }
    }
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}
