import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, decode, follow } from "../src/series";

const block = (...figures: number[]): Uint8Array => new Uint8Array(Float64Array.from(figures).buffer);

const rows = (data: ArrayLike<ArrayLike<number | null>>): (number | null)[][] => Array.from(data, (row) => Array.from(row));

test("times come first, then each series, and NaN is a gap", () => {
  assert.deepEqual(rows(decode(block(10, 20, 1, Number.NaN, 3, 4), 2)), [
    [10, 20],
    [1, null],
    [3, 4],
  ]);
});

test("a block that is not aligned in memory is read all the same", () => {
  const shifted = new Uint8Array(33);
  shifted.set(block(1, 2, 3, 4), 1);
  assert.deepEqual(rows(decode(shifted.subarray(1), 1)), [
    [1, 2],
    [3, 4],
  ]);
});

test("a series without gaps is not copied into an array of its own", () => {
  const [, first, second] = decode(block(10, 20, 1, Number.NaN, 3, 4), 2);
  assert.ok(Array.isArray(first));
  assert.ok(second instanceof Float64Array);
});

test("a step forward drops the oldest, keeps the rest and appends", () => {
  const before = decode(block(10, 20, 30, 1, 2, 3, 4, Number.NaN, 6), 2);
  const next = follow(before, { had: 3, dropped: 1, kept: 1, figures: [30, 40, 3.5, 5, null, 8] })!;
  assert.deepEqual(rows(next), [
    [20, 30, 40],
    [2, 3.5, 5],
    [null, null, 8],
  ]);
  assert.deepEqual(rows(before), [
    [10, 20, 30],
    [1, 2, 3],
    [4, null, 6],
  ]);
});

test("a step from another state is told apart", () => {
  assert.equal(follow(decode(block(10, 20, 1, 2), 1), { had: 3, dropped: 1, kept: 2, figures: [40, 4] }), null);
  assert.equal(follow(decode(block(10, 20, 1, 2), 1), { had: 2, dropped: 1, kept: 1, figures: [30, 3, 4] }), null);
});

test("figures that don't divide into rows are refused", () => {
  assert.throws(() => decode(block(1, 2, 3), 1), /don't divide/);
});

test("CSV quotes names and defuses formulas", () => {
  const text = csv(['a,"b"', "=cmd()"], [[0], [1.5], [null]]);
  assert.equal(text, 'time,"a,""b""",\'=cmd()\r\n1970-01-01T00:00:00.000Z,1.5,\r\n');
});
