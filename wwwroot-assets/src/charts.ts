import uPlot from "uplot";
import { save } from "./clipboard";
import { csv as toCsv, decode, follow, type Aligned, type Piece, type Row } from "./series";
import { token } from "./theme";
import * as units from "./units";

type Owner = { invokeMethodAsync(name: string, ...args: unknown[]): Promise<unknown> };
type Stream = { arrayBuffer(): Promise<ArrayBuffer> };
export interface Meta {
  names: string[];
  hidden: number[];
  unit: units.Unit;
  suffix?: string | null;
  stacked?: boolean;
  bars?: boolean;
  tints?: (string | null)[];
  fill?: number;
  height: number;
  from: number | null;
  to: number | null;
  group: string | null;
  thresholds: { value: number; label: string; state: string }[];
  annotations: { at: number; text: string; kind: string }[];
}

const colour = (index: number): string => token(`series-${(index % 6) + 1}`);
const dash = (index: number): number[] | undefined => (index < 6 ? undefined : index < 12 ? [6, 3] : [2, 3]);
const kinds: Record<string, string> = { change: "accent", alert: "crit", warning: "warn", maintenance: "unknown", resolved: "ok" };
const two = (n: number): string => String(n).padStart(2, "0");
const clock = (t: number, withSeconds: boolean): string => {
  const d = new Date(t * 1000);
  return `${two(d.getHours())}:${two(d.getMinutes())}${withSeconds ? `:${two(d.getSeconds())}` : ""}`;
};
const day = (t: number): string => new Date(t * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });

/** Charts with something new, drawn together before the browser paints. A tab that nobody sees draws nothing. */
const waiting = new Set<Chart>();
let frame = 0;

/** Of one frame, in milliseconds; what is left goes into the next, so that the first chart does not wait for the last. */
const share = 24;

function drawAll(): void {
  frame = 0;
  const began = performance.now();
  for (const chart of waiting) {
    if (chart.mayWait) continue;
    if (performance.now() - began > share) {
      frame ||= requestAnimationFrame(drawAll);
      return;
    }
    chart.draw();
  }
}

/** A chart out of view keeps what is new until it is scrolled to; its first figures are drawn at once, so that it is never empty. */
const views = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) charts.get(entry.target)?.seen(entry.isIntersecting);
  },
  { rootMargin: "200px" },
);
const charts = new WeakMap<Element, Chart>();
addEventListener("beforeprint", () => {
  for (const chart of [...waiting]) chart.draw();
});

const line = uPlot.paths.linear!();
// A bar stands for the time from its own to the next one's, which the last of a range may cut.
const bars = uPlot.paths.bars!({ size: [1, 200], align: 1, gap: 1 });

/** uPlot makes an area below every line, drawn or not, which costs as much again as the line. */
const plain: uPlot.Series.PathBuilder = (u, index, from, to) => {
  const series = u.series[index]!;
  const fill = series.fill;
  series.fill = undefined;
  try {
    return line(u, index, from, to);
  } finally {
    series.fill = fill;
  }
};

const shape = (meta: Meta): string => [...meta.names, meta.bars ? "bars" : "lines", ...(meta.tints ?? [])].join("\n");

/** Points with a gap on both sides, which no line would show. */
const lone = (u: uPlot, index: number): number[] | null => {
  const row = u.data[index]!;
  if (row.length > 1 && row instanceof Float64Array) return null;
  const found: number[] = [];
  for (let i = 0; i < row.length; i++) if (row[i] != null && row[i - 1] == null && row[i + 1] == null) found.push(i);
  return found.length ? found : null;
};

class Chart {
  private inView = true;
  private plot: uPlot;
  private data: Aligned = [[]];
  private readonly tip: HTMLDivElement;
  private readonly sized: ResizeObserver;
  private readonly themed = (): void => this.plot.redraw(true, true);
  private drawn: string;
  private pressed = false;

  constructor(
    private readonly host: HTMLElement,
    private readonly owner: Owner,
    private meta: Meta,
  ) {
    this.tip = document.createElement("div");
    this.tip.className = "chart-tip";
    this.tip.hidden = true;
    this.drawn = shape(meta);
    this.plot = new uPlot(this.options(), [[]] as unknown as uPlot.AlignedData, host);
    this.plot.over.append(this.tip);
    this.plot.over.addEventListener("mousedown", () => {
      this.pressed = true;
    });
    this.plot.over.addEventListener("mouseleave", () => {
      this.tip.hidden = true;
    });
    this.sized = new ResizeObserver(() => {
      const width = Math.floor(host.clientWidth);
      if (width > 0 && width !== this.plot.width) this.plot.setSize({ width, height: this.meta.height });
    });
    this.sized.observe(host);
    charts.set(host, this);
    views.observe(host);
    document.addEventListener("sevensa:theme", this.themed);
  }

  async update(meta: Meta, block: Uint8Array | Stream): Promise<void> {
    const bytes = block instanceof Uint8Array ? block : new Uint8Array(await block.arrayBuffer());
    this.take(meta, decode(bytes, meta.names.length));
  }

  /** Only what is new since the figures that are shown. */
  advance(from: number | null, to: number | null, piece: Piece): void {
    const data = follow(this.data, piece);
    if (data) this.take({ ...this.meta, from, to }, data);
    else void this.owner.invokeMethodAsync("Lost").catch(() => undefined);
  }

  private take(meta: Meta, data: Aligned): void {
    this.meta = meta;
    this.data = data;
    this.host.setAttribute("data-points", String(data[0].length));
    waiting.add(this);
    frame ||= requestAnimationFrame(drawAll);
  }

  get mayWait(): boolean {
    return !this.inView && this.plot.data[0].length > 0 && this.drawn === shape(this.meta);
  }

  seen(inView: boolean): void {
    this.inView = inView;
    if (inView && waiting.has(this)) frame ||= requestAnimationFrame(drawAll);
  }

  draw(): void {
    waiting.delete(this);
    const { meta, plot } = this;
    const names = shape(meta);
    if (names !== this.drawn) {
      this.drawn = names;
      while (plot.series.length > 1) plot.delSeries(plot.series.length - 1);
      meta.names.forEach((_, i) => plot.addSeries(this.line(i), i + 1));
    }
    plot.batch(() => {
      meta.names.forEach((_, i) => {
        const show = !meta.hidden.includes(i);
        if (plot.series[i + 1]!.show !== show) plot.setSeries(i + 1, { show });
      });
      plot.setData(this.plotted() as unknown as uPlot.AlignedData, true);
    });
    if (plot.height !== meta.height) plot.setSize({ width: plot.width, height: meta.height });
  }

  show(index: number, on: boolean): void {
    if (waiting.has(this)) this.draw();
    this.meta.hidden = this.meta.hidden.filter((i) => i !== index).concat(on ? [] : [index]);
    this.plot.setSeries(index + 1, { show: on });
    if (this.meta.stacked || this.meta.bars) this.plot.setData(this.plotted() as unknown as uPlot.AlignedData, false);
  }

  /** What uPlot draws: the figures, or each on top of those before it. */
  private plotted(): Aligned {
    if (!this.meta.stacked && !this.meta.bars) return this.data;
    const sum = new Array<number>(this.data[0].length).fill(0);
    if (this.meta.bars) {
      // From the last, which stands on the axis: what is drawn later covers what is taller.
      const all = this.data.slice(1) as Row[];
      for (let i = all.length - 1; i >= 0; i--)
        if (!this.meta.hidden.includes(i)) all[i] = Array.from(all[i]!, (v, at) => (sum[at]! += v ?? 0));
      return [this.data[0], ...all];
    }
    const rows = this.data
      .slice(1)
      .map((row, i) => (this.meta.hidden.includes(i) ? row : Array.from(row, (v, at) => (v === null ? null : (sum[at]! += v)))));
    return [this.data[0], ...rows];
  }

  private area(i: number): string | undefined {
    const solid = this.meta.stacked ? Math.max(this.meta.fill ?? 0, 12) : (this.meta.fill ?? 0);
    return solid > 0
      ? `${this.tint(i)}${Math.round(Math.min(solid, 60) * 2.55)
          .toString(16)
          .padStart(2, "0")}`
      : undefined;
  }

  csv(name: string): void {
    save(name, "text/csv", toCsv(this.meta.names, this.data));
  }

  dispose(): void {
    waiting.delete(this);
    views.unobserve(this.host);
    this.sized.disconnect();
    document.removeEventListener("sevensa:theme", this.themed);
    this.plot.destroy();
  }

  private tint(i: number): string {
    const name = this.meta.tints?.[i];
    return name ? token(name) : colour(i);
  }

  private line(i: number): uPlot.Series {
    if (this.meta.bars)
      return {
        label: this.meta.names[i] ?? "",
        fill: () => this.tint(i),
        paths: bars,
        width: 0,
        points: { show: false },
        show: !this.meta.hidden.includes(i),
      };
    return {
      label: this.meta.names[i] ?? "",
      stroke: () => this.tint(i),
      ...(this.area(i) ? { fill: () => this.area(i)! } : { paths: plain }),
      width: 1.6,
      dash: dash(i),
      points: { show: () => false, filter: lone, size: 4, fill: () => this.tint(i), stroke: () => this.tint(i) },
      show: !this.meta.hidden.includes(i),
      spanGaps: false,
    };
  }

  private options(): uPlot.Options {
    const font = `10.5px ${token("font-ui")}`;
    const group = this.meta.group;
    return {
      width: Math.max(120, Math.floor(this.host.clientWidth)),
      height: this.meta.height,
      padding: [8, 6, 0, 0],
      legend: { show: false },
      series: [{}, ...this.meta.names.map((_, i) => this.line(i))],
      cursor: {
        y: false,
        points: this.meta.bars ? { show: false } : { size: 7, width: 0, fill: (_u, i) => this.tint(i - 1) },
        ...(this.meta.bars
          ? { dataIdx: (u: uPlot, _series: number, at: number, x: number) => (at > 0 && u.data[0][at]! > x ? at - 1 : at) }
          : {}),
        drag: { x: true, y: false, setScale: false },
        focus: { prox: 24 },
        ...(group ? { sync: { key: group, setSeries: false, scales: ["x", null] as [string, null] } } : {}),
      },
      scales: {
        x: { time: true, range: (_u, min, max) => [this.meta.from ?? min, this.meta.to ?? max] },
        y: { range: (_u, min, max) => this.range(min, max) },
      },
      axes: [
        {
          stroke: () => token("faint"),
          font,
          grid: { show: false },
          ticks: { show: false },
          size: 24,
          gap: 6,
          space: 76,
          values: (_u, splits, _axis, _space, incr) =>
            splits.map((t) => {
              const d = new Date(t * 1000);
              return incr >= 86400 || (d.getHours() === 0 && d.getMinutes() === 0 && d.getSeconds() === 0) ? day(t) : clock(t, incr < 60);
            }),
        },
        {
          stroke: () => token("faint"),
          font,
          gap: 6,
          space: 30,
          ticks: { show: false },
          grid: { stroke: () => token("line-soft"), width: 1 },
          incrs: () => units.steps(this.meta.unit),
          values: (_u, splits) => splits.map((v) => units.text(v, this.meta.unit, this.meta.suffix)),
          size: (u, values) => {
            const ctx = u.ctx;
            ctx.save();
            ctx.font = `${10.5 * devicePixelRatio}px ${token("font-ui")}`;
            const width = Math.max(22, ...(values ?? []).map((v) => ctx.measureText(v).width / devicePixelRatio));
            ctx.restore();
            return Math.ceil(width) + 8;
          },
        },
      ],
      hooks: {
        draw: [(u) => this.drawMarks(u)],
        setCursor: [(u) => this.point(u)],
        setSelect: [
          (u) => {
            // A shared crosshair shares the selection too; only the chart that was dragged on speaks.
            const ours = this.pressed;
            this.pressed = false;
            if (u.select.width < 6) return;
            const from = u.posToVal(u.select.left, "x");
            const to = u.posToVal(u.select.left + u.select.width, "x");
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            if (ours) void this.owner.invokeMethodAsync("Zoomed", from, to).catch(() => undefined);
          },
        ],
      },
    };
  }

  private range(min: number, max: number): uPlot.Range.MinMax {
    const low = min ?? 0;
    const high = max ?? 0;
    const limit = Math.max(0, ...this.meta.thresholds.map((t) => t.value).filter((v) => v <= Math.max(high, 0) * 4 || high === 0));
    if (low >= 0) return [0, units.top(Math.max(high, limit * 1.02), this.meta.unit)];
    const [a, b] = uPlot.rangeNum(low, high, 0.1, true);
    return [a ?? low, b ?? high];
  }

  private drawMarks(u: uPlot): void {
    const { ctx } = u;
    const ratio = devicePixelRatio;
    const { left, top, width, height } = u.bbox;
    ctx.save();
    ctx.lineWidth = ratio;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.font = `${10.5 * ratio}px ${token("font-ui")}`;
    for (const t of this.meta.thresholds) {
      const y = Math.round(u.valToPos(t.value, "y", true)) + 0.5;
      if (y < top || y > top + height) continue;
      ctx.strokeStyle = token(t.state);
      ctx.globalAlpha = 0.7;
      ctx.setLineDash([4 * ratio, 4 * ratio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
    // Two rows of names, so that two marks close to each other are both named; none below the tools in the corner.
    const free = [-Infinity, -Infinity];
    const right = left + width - 72 * ratio;
    for (const a of [...this.meta.annotations].sort((x, y) => x.at - y.at)) {
      const x = Math.round(u.valToPos(a.at, "x", true)) + 0.5;
      if (x < left || x > left + width) continue;
      ctx.strokeStyle = ctx.fillStyle = token(kinds[a.kind] ?? "accent");
      ctx.setLineDash([2 * ratio, 3 * ratio]);
      ctx.beginPath();
      ctx.moveTo(x, top - 6 * ratio);
      ctx.lineTo(x, top + height);
      ctx.stroke();
      const label = a.text.length > 22 ? `${a.text.slice(0, 21)}…` : a.text;
      const long = ctx.measureText(label).width;
      const toLeft = x + 5 * ratio + long > right;
      const start = toLeft ? Math.max(left, x - 5 * ratio - long) : x + 5 * ratio;
      const row = free.findIndex((end) => start >= end);
      if (row < 0) continue;
      ctx.fillText(label, start, top + (4 + 13 * row) * ratio);
      free[row] = start + long + 6 * ratio;
    }
    ctx.restore();
  }

  private point(u: uPlot): void {
    const index = u.cursor.idx;
    const left = u.cursor.left ?? -1;
    // A crosshair moved by a neighbour shows its line only; the figures belong to the chart under the pointer.
    if (index === null || index === undefined || left < 0 || !u.over.matches(":hover")) {
      this.tip.hidden = true;
      return;
    }
    const time = this.data[0][index];
    if (time === undefined) return;
    const at = document.createElement("div");
    at.className = "at";
    at.textContent = `${day(time)} ${clock(time, true)}`;
    const lines = this.meta.names
      .map((name, i) => ({ name, i, value: this.data[i + 1]?.[index] ?? null }))
      .filter((l) => l.value !== null && !this.meta.hidden.includes(l.i))
      .sort((a, b) => (this.meta.names.length > 8 ? b.value! - a.value! : 0));
    const rows = lines.slice(0, 10).map((l) => {
      const row = document.createElement("div");
      row.className = "line";
      const mark = document.createElement("i");
      mark.style.background = this.tint(l.i);
      const name = document.createElement("span");
      name.textContent = l.name;
      const value = document.createElement("b");
      value.textContent = units.text(l.value, this.meta.unit, this.meta.suffix);
      row.append(mark, name, value);
      return row;
    });
    const near = this.meta.annotations
      .filter((a) => Math.abs(u.valToPos(a.at, "x") - left) < 6)
      .map((a) => {
        const row = document.createElement("div");
        row.className = "at";
        row.textContent = a.text;
        return row;
      });
    if (lines.length > 10) {
      const more = document.createElement("div");
      more.className = "at";
      more.textContent = `and ${lines.length - 10} more`;
      rows.push(more);
    }
    this.tip.replaceChildren(at, ...near, ...rows);
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth;
    const over = u.over.clientWidth;
    this.tip.style.left = `${left + 14 + wide > over ? Math.max(0, left - wide - 14) : left + 14}px`;
    this.tip.style.top = "8px";
  }
}

export function create(host: HTMLElement, owner: Owner, meta: Meta): Chart {
  return new Chart(host, owner, meta);
}
