// Our words when the circuit is gone. A resume that the server rejects means that it was restarted: only a reload helps.
type Blazor = { reconnect(): Promise<boolean>; resumeCircuit?(): Promise<boolean> };

export function start(): void {
  const panel = document.getElementById("components-reconnect-modal");
  if (!panel) return;
  const again = async (): Promise<void> => {
    const blazor = (window as unknown as { Blazor?: Blazor }).Blazor;
    try {
      if (await blazor?.reconnect()) return;
      if (await blazor?.resumeCircuit?.()) panel.classList.remove("components-reconnect-paused", "components-reconnect-failed");
      else location.reload();
    } catch {
      // Not reachable yet; the next try is when the page is looked at again, or asked for.
      document.addEventListener(
        "visibilitychange",
        () => {
          if (!document.hidden) void again();
        },
        { once: true },
      );
    }
  };
  panel.addEventListener("components-reconnect-state-changed", (e) => {
    const state = (e as CustomEvent<{ state: string }>).detail.state;
    if (state === "rejected" || state === "resume-failed") location.reload();
    else if (state === "failed") setTimeout(() => void again(), 3000);
  });
  panel.querySelector("[data-reconnect]")?.addEventListener("click", () => void again());
}
