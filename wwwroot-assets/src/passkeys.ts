// Plain forms of static pages that make a passkey or sign in by one: the browser is asked when such a form is sent, its answer goes
// into a hidden field, and then the form goes on. Where a password is asked for again, on whatever page, a button beside the field
// fills in what a passkey gives for it.
type Json = Record<string, unknown>;

interface Parsing {
  parseCreationOptionsFromJSON(options: Json): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(options: Json): PublicKeyCredentialRequestOptions;
}

async function ask(deed: string | undefined, given: string | undefined): Promise<string> {
  const parsing = window.PublicKeyCredential as unknown as Partial<Parsing> | undefined;
  if (!parsing?.parseCreationOptionsFromJSON || !parsing.parseRequestOptionsFromJSON)
    throw new Error("This browser knows no passkeys here: it is too old, or the address is neither https nor this machine.");
  const options = JSON.parse(given || "{}") as Json;
  const credential =
    deed === "create"
      ? await navigator.credentials.create({ publicKey: parsing.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: parsing.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(credential);
}

function tell(trouble: HTMLElement | null, reason: unknown): void {
  if (!trouble) return;
  trouble.textContent =
    (reason as Error).name === "NotAllowedError"
      ? "No passkey was used: it was cancelled, took too long, or this device has none for here."
      : (reason as Error).message;
  trouble.hidden = false;
}

async function post(path: string, body: Json): Promise<Record<string, string>> {
  const answer = await fetch(new URL(path, document.baseURI), {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  const told = answer.headers.get("Content-Type")?.includes("json") ? ((await answer.json()) as Record<string, string>) : {};
  if (!answer.ok || answer.redirected) throw new Error(told.detail || "You are no longer signed in here. Load the page again.");
  return told;
}

async function instead(button: HTMLButtonElement): Promise<void> {
  const around = button.closest<HTMLElement>("form, [data-proof]");
  const field = around?.querySelector<HTMLInputElement>("input[data-given]");
  const trouble = button.parentElement?.parentElement?.querySelector<HTMLElement>("[data-trouble]") ?? null;
  if (!around || !field) return;
  if (trouble) trouble.hidden = true;
  button.disabled = true;
  try {
    const question = await post("me/passkeys/question", {});
    const credential = await ask("get", question.options);
    field.value = (await post("me/passkeys/answer", { state: question.state, credential })).given ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
    if (button.dataset.sends === "yes" && around instanceof HTMLFormElement) around.requestSubmit();
  } catch (reason) {
    tell(trouble, reason);
  } finally {
    button.disabled = false;
  }
}

export function start(): void {
  document.addEventListener("submit", async (e) => {
    const form = e.target as HTMLFormElement;
    const field = form.matches?.("form[data-passkey]") ? form.querySelector<HTMLInputElement>("input[name='Input.Credential']") : null;
    if (!field || field.value) return;
    e.preventDefault();
    const trouble = form.querySelector<HTMLElement>("[data-trouble]");
    if (trouble) trouble.hidden = true;
    try {
      field.value = await ask(form.dataset.passkey, form.dataset.options);
      form.requestSubmit();
    } catch (reason) {
      tell(trouble, reason);
    }
  });
  document.addEventListener("click", (e) => {
    const button = (e.target as HTMLElement).closest?.<HTMLButtonElement>("button[data-passkey-instead]");
    if (button) void instead(button);
  });
}
