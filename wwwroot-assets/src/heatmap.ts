import { token } from "./theme";

type Stream = { arrayBuffer(): Promise<ArrayBuffer> };

const two = (n: number): string => String(n).padStart(2, "0");
const clock = (t: number): string => {
  const d = new Date(t * 1000);
  return `${two(d.getHours())}:${two(d.getMinutes())}`;
};
const day = (t: number): string => new Date(t * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });

/** Buckets over time as cells, the fuller the more solid. */
class Heatmap {
  private readonly canvas = document.createElement("canvas");
  private readonly tip = document.createElement("div");
  private readonly sized = new ResizeObserver(() => this.draw());
  private readonly themed = (): void => this.draw();
  private bounds: string[] = [];
  private times = new Float64Array();
  private counts = new Float64Array();
  private height = 240;
  private box = { left: 0, top: 4, width: 0, height: 0 };

  constructor(private readonly host: HTMLElement) {
    this.tip.className = "chart-tip";
    this.tip.hidden = true;
    host.append(this.canvas, this.tip);
    this.sized.observe(host);
    document.addEventListener("sevensa:theme", this.themed);
    host.addEventListener("pointermove", (e) => this.point(e));
    host.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
    });
  }

  async update(bounds: string[], height: number, block: Uint8Array | Stream): Promise<void> {
    const bytes = block instanceof Uint8Array ? block.slice() : new Uint8Array(await block.arrayBuffer());
    const doubles = new Float64Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 8));
    const length = Math.round(doubles.length / (bounds.length + 1));
    this.bounds = bounds;
    this.height = height;
    this.times = doubles.subarray(0, length);
    this.counts = doubles.subarray(length);
    this.host.setAttribute("data-cells", String(this.counts.length));
    this.draw();
  }

  dispose(): void {
    this.sized.disconnect();
    document.removeEventListener("sevensa:theme", this.themed);
    this.host.replaceChildren();
  }

  private draw(): void {
    const width = Math.floor(this.host.clientWidth);
    const ratio = devicePixelRatio;
    const ctx = this.canvas.getContext("2d");
    if (width < 20 || !ctx) return;
    this.canvas.width = width * ratio;
    this.canvas.height = this.height * ratio;
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${this.height}px`;
    ctx.scale(ratio, ratio);
    ctx.clearRect(0, 0, width, this.height);
    if (this.times.length === 0 || this.bounds.length === 0) return;
    ctx.font = `10.5px ${token("font-ui")}`;
    const label = Math.ceil(Math.max(...this.bounds.map((b) => ctx.measureText(b).width))) + 8;
    this.box = { left: label, top: 6, width: Math.max(10, width - label - 6), height: this.height - 28 };
    const { left, top, height } = this.box;
    const cell = this.box.width / this.times.length;
    const row = height / this.bounds.length;
    let most = 0;
    for (const v of this.counts) if (v > most) most = v;
    ctx.fillStyle = token("accent");
    for (let r = 0; r < this.bounds.length; r++) {
      for (let c = 0; c < this.times.length; c++) {
        const v = this.counts[r * this.times.length + c]!;
        if (!(v > 0) || most === 0) continue;
        // The root lets few be seen beside many.
        ctx.globalAlpha = 0.06 + 0.94 * Math.sqrt(v / most);
        ctx.fillRect(left + c * cell, top + height - (r + 1) * row, cell + 0.3, Math.max(1, row - 1));
      }
    }
    ctx.globalAlpha = 1;
    ctx.fillStyle = token("faint");
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const skip = Math.ceil(15 / row);
    for (let r = 0; r < this.bounds.length; r += skip) ctx.fillText(this.bounds[r]!, left - 5, top + height - (r + 0.5) * row);
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    const whole = this.times[this.times.length - 1]! - this.times[0]! > 2 * 86400;
    const step = Math.max(1, Math.round(this.times.length / Math.max(2, Math.floor(this.box.width / 80))));
    for (let c = Math.floor(step / 2); c < this.times.length; c += step)
      ctx.fillText(whole ? day(this.times[c]!) : clock(this.times[c]!), left + (c + 0.5) * cell, this.height - 7);
  }

  private point(e: PointerEvent): void {
    const at = this.host.getBoundingClientRect();
    const x = e.clientX - at.left;
    const y = e.clientY - at.top;
    const { left, top, width, height } = this.box;
    const c = Math.floor(((x - left) / width) * this.times.length);
    const r = Math.floor(((top + height - y) / height) * this.bounds.length);
    if (c < 0 || r < 0 || c >= this.times.length || r >= this.bounds.length) {
      this.tip.hidden = true;
      return;
    }
    const v = this.counts[r * this.times.length + c]!;
    const when = document.createElement("div");
    when.className = "at";
    when.textContent = `${day(this.times[c]!)} ${clock(this.times[c]!)}`;
    const line = document.createElement("div");
    line.className = "line";
    const name = document.createElement("span");
    name.textContent = `up to ${this.bounds[r]}`;
    const count = document.createElement("b");
    count.textContent = Number.isNaN(v) ? "–" : String(+v.toPrecision(3));
    line.append(name, count);
    this.tip.replaceChildren(when, line);
    this.tip.hidden = false;
    this.tip.style.left = `${x + 150 > at.width ? Math.max(0, x - 150) : x + 14}px`;
    this.tip.style.top = "8px";
  }
}

export const create = (host: HTMLElement): Heatmap => new Heatmap(host);
