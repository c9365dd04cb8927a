export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain HTTP away from loopback has no clipboard; the old way still works there.
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function save(name: string, type: string, content: BlobPart): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function start(): void {
  document.addEventListener("click", async (e) => {
    const button = (e.target as Element).closest?.<HTMLElement>("[data-copy]");
    if (!button || !(await copy(button.dataset.copy ?? ""))) return;
    button.setAttribute("data-copied", "");
    setTimeout(() => button.removeAttribute("data-copied"), 1400);
  });
}
