// The wire shape of a chart's figures: one block of little-endian doubles, first the times (Unix seconds), then each series; NaN is a gap.
export type Aligned = [number[], ...(number | null)[][]];

export function decode(block: Uint8Array, lines: number): Aligned {
  const copy = block.slice();
  const doubles = new Float64Array(copy.buffer, 0, Math.floor(copy.byteLength / 8));
  const length = doubles.length / (lines + 1);
  if (!Number.isInteger(length)) throw new Error(`${doubles.length} figures don't divide into times and ${lines} series`);
  const rows: (number | null)[][] = [];
  for (let row = 0; row <= lines; row++) rows.push(Array.from(doubles.subarray(row * length, (row + 1) * length), v => (Number.isNaN(v) ? null : v)));
  return rows as Aligned;
}

export function csv(names: string[], data: Aligned): string {
  const quote = (text: string): string => {
    // A leading = + - @ would run as a formula in a spreadsheet.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [["time", ...names].map(quote).join(",")];
  data[0].forEach((t, i) => lines.push([new Date(t * 1000).toISOString(), ...data.slice(1).map(s => s[i] ?? "")].join(",")));
  return lines.join("\r\n") + "\r\n";
}
