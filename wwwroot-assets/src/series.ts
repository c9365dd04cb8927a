// The wire shape of a chart's figures: one block of little-endian doubles, first the times (Unix seconds), then each series; NaN is a gap.
/** A row without gaps stays the doubles it came as; in one with gaps they are null, as uPlot wants them. */
export type Row = ArrayLike<number | null>;
export type Aligned = [ArrayLike<number>, ...Row[]];

export function decode(block: Uint8Array, lines: number): Aligned {
  const copy = block.byteOffset % 8 === 0 ? block : block.slice();
  const doubles = new Float64Array(copy.buffer, copy.byteOffset, Math.floor(copy.byteLength / 8));
  const length = doubles.length / (lines + 1);
  if (!Number.isInteger(length)) throw new Error(`${doubles.length} figures don't divide into times and ${lines} series`);
  const rows: Row[] = [];
  for (let row = 0; row <= lines; row++) rows.push(gaps(doubles.subarray(row * length, (row + 1) * length)));
  return rows as unknown as Aligned;
}

function gaps(row: Float64Array): Row {
  let at = 0;
  while (at < row.length && row[at] === row[at]) at++;
  if (at === row.length) return row;
  const values = new Array<number | null>(row.length);
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    values[i] = value === value ? value : null;
  }
  return values;
}

/** From one state of the figures to the next: how many there were, go and stay, and what follows them, row by row. */
export interface Piece {
  had: number;
  dropped: number;
  kept: number;
  figures: (number | null)[];
}

/** The next state, or null when this is not the one that the piece goes on from. */
export function follow(data: Aligned, { had, dropped, kept, figures }: Piece): Aligned | null {
  const more = figures.length / data.length;
  if (data[0].length !== had || dropped + kept > had || !Number.isInteger(more)) return null;
  return data.map((row, at) => {
    const added = figures.slice(at * more, (at + 1) * more);
    if (row instanceof Float64Array && !added.includes(null)) {
      const next = new Float64Array(kept + more);
      next.set(row.subarray(dropped, dropped + kept));
      next.set(added as number[], kept);
      return next;
    }
    return [...Array.from(row).slice(dropped, dropped + kept), ...added];
  }) as unknown as Aligned;
}

export function csv(names: string[], data: Aligned): string {
  const quote = (text: string): string => {
    // A leading = + - @ would run as a formula in a spreadsheet.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [["time", ...names].map(quote).join(",")];
  for (let i = 0; i < data[0].length; i++)
    lines.push([new Date(data[0][i]! * 1000).toISOString(), ...data.slice(1).map((s) => s[i] ?? "")].join(","));
  return lines.join("\r\n") + "\r\n";
}
