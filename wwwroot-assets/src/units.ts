// How figures are written. The same rules as Ui/Format on the server: a number reads alike in a table and in a chart.
export type Unit = "bytes" | "bytesPerSecond" | "seconds" | "ratio" | "perSecond" | "count";

const iec = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function digits(value: number, significant = 3): string {
  const size = Math.abs(value);
  // What rounds to nothing has no sign.
  if (size < 0.005) return "0";
  if (size >= 1e15) return large(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? Math.max(0, significant - 2) : Math.max(0, significant - 1);
  return String(+value.toFixed(Math.min(decimals, 6)));
}

/** Beyond all prefixes, three significant digits and a power: "1.23e21". */
function large(value: number): string {
  const [digits, power] = value.toExponential(2).split("e");
  return `${+digits!}e${+power!}`;
}

export function bytes(value: number): string {
  let unit = 0;
  let size = value;
  while (Math.abs(size) >= 1024 && unit < iec.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(size) + 0 : digits(size)} ${iec[unit]}`;
}

export function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${digits(value * 1e6)} µs`;
  if (size < 0.9995) return `${digits(value * 1e3)} ms`;
  if (size < 60) return `${digits(value)} s`;
  if (size >= 1e15) return `${large(value)} s`;
  if (size < 3600) return pair(value, 60, "min", "s");
  if (size < 2 * 86400) return pair(value, 3600, "h", "min");
  return pair(value, 86400, "d", "h");
}

function pair(value: number, unit: number, name: string, rest: string): string {
  const small = rest === "h" ? 3600 : rest === "min" ? 60 : 1;
  const all = Math.round(Math.abs(value) / small);
  const big = Math.floor((all * small) / unit);
  const left = all - (big * unit) / small;
  return `${value < 0 ? "−" : ""}${big} ${name}${left ? ` ${left} ${rest}` : ""}`;
}

export function count(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return large(value);
  if (size >= 1e12) return `${digits(value / 1e12)} T`;
  if (size >= 1e9) return `${digits(value / 1e9)} G`;
  if (size >= 1e6) return `${digits(value / 1e6)} M`;
  if (size >= 1e4) return `${digits(value / 1e3)} k`;
  if (size !== 0 && size < 0.01) return String(+value.toPrecision(2));
  return digits(value, size >= 1000 ? 4 : 3);
}

export function ratio(value: number): string {
  const percent = value * 100;
  const size = Math.abs(percent);
  return `${size !== 0 && size < 0.01 ? +percent.toPrecision(1) : size >= 99 && size < 100 ? percent.toFixed(2) : digits(percent)} %`;
}

/** A suffix stands behind the plain number; one that starts with ~ joins its prefix, as in "12 Mb/s". */
export function text(value: number | null | undefined, unit: Unit, suffix?: string | null): string {
  if (!suffix || value === null || value === undefined || Number.isNaN(value)) return plain(value, unit);
  const figure = plain(value, unit);
  return suffix.startsWith("~") ? `${figure}${/\p{L}$/u.test(figure) ? "" : " "}${suffix.slice(1)}` : `${figure} ${suffix}`;
}

function plain(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  switch (unit) {
    case "bytes":
      return bytes(value);
    case "bytesPerSecond":
      return `${bytes(value)}/s`;
    case "seconds":
      return seconds(value);
    case "ratio":
      return ratio(value);
    case "perSecond":
      return `${count(value)} /s`;
    default:
      return count(value);
  }
}

/** Steps an axis of this unit may take, so that ticks fall on 256 MiB and 15 min and not on 250 000 000 and 1 000 s. */
export function steps(unit: Unit): number[] {
  if (unit === "bytes" || unit === "bytesPerSecond") return Array.from({ length: 56 }, (_, i) => 2 ** i);
  const decimal: number[] = [];
  for (let power = -9; power <= 15; power++) for (const m of [1, 2, 2.5, 5]) decimal.push(+(m * 10 ** power).toPrecision(3));
  if (unit !== "seconds") return decimal;
  return [
    ...decimal.filter((s) => s < 10),
    10,
    15,
    20,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    10800,
    21600,
    43200,
    86400,
    172800,
    604800,
  ];
}

/** The top of an axis that starts at zero: the next step above the greatest value, with at most five steps. */
export function top(max: number, unit: Unit): number {
  if (!(max > 0)) return unit === "bytes" || unit === "bytesPerSecond" ? 1024 : 1;
  const step = steps(unit).find((s) => max / s <= 4.0001) ?? max / 4;
  return Math.ceil((max * 1.0001) / step) * step;
}
