import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, decode } from "../src/series";

const block = (...figures: number[]): Uint8Array => new Uint8Array(Float64Array.from(figures).buffer);

const rows = (data: ArrayLike<ArrayLike<number | null>>): (number | null)[][] => Array.from(data, row => Array.from(row));

test("times come first, then each series, and NaN is a gap", () => {
  assert.deepEqual(rows(decode(block(10, 20, 1, Number.NaN, 3, 4), 2)), [[10, 20], [1, null], [3, 4]]);
});

test("a block that is not aligned in memory is read all the same", () => {
  const shifted = new Uint8Array(33);
  shifted.set(block(1, 2, 3, 4), 1);
  assert.deepEqual(rows(decode(shifted.subarray(1), 1)), [[1, 2], [3, 4]]);
});

test("a series without gaps is not copied into an array of its own", () => {
  const [, first, second] = decode(block(10, 20, 1, Number.NaN, 3, 4), 2);
  assert.ok(Array.isArray(first));
  assert.ok(second instanceof Float64Array);
});

test("figures that don't divide into rows are refused", () => {
  assert.throws(() => decode(block(1, 2, 3), 1), /don't divide/);
});

test("CSV quotes names and defuses formulas", () => {
  const text = csv(['a,"b"', "=cmd()"], [[0], [1.5], [null]]);
  assert.equal(text, 'time,"a,""b""",\'=cmd()\r\n1970-01-01T00:00:00.000Z,1.5,\r\n');
});
