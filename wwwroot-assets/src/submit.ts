// A form that the server answers with a new page is sent once: a second press would do the deed twice, and its answer would take
// the place of the first one's, which may show what is shown only once.
const again = 5000;

export function start(): void {
  const sent = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.method !== "post" || event.defaultPrevented) {
      return;
    }
    if (sent.has(form)) {
      event.preventDefault();
      return;
    }
    sent.add(form);
    // An answer that is a file leaves the page as it is.
    setTimeout(() => sent.delete(form), again);
  });
  // A page that the browser kept is as it was left.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      document.querySelectorAll("form").forEach((form) => sent.delete(form));
    }
  });
}
