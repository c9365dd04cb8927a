import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, count, ratio, seconds, steps, text, top } from "../src/units";

test("bytes are written in IEC units", () => {
  assert.equal(bytes(0), "0 B");
  assert.equal(bytes(1023), "1023 B");
  assert.equal(bytes(1536), "1.5 KiB");
  assert.equal(bytes(466 * 2 ** 20), "466 MiB");
  assert.equal(bytes(1.25 * 2 ** 40), "1.25 TiB");
});

test("durations change unit with their size", () => {
  assert.equal(seconds(0.000_25), "250 µs");
  assert.equal(seconds(0.842), "842 ms");
  assert.equal(seconds(1.84), "1.84 s");
  assert.equal(seconds(14.2), "14.2 s");
  assert.equal(seconds(680), "11 min 20 s");
  assert.equal(seconds(7200), "2 h");
  assert.equal(seconds(97 * 86400), "97 d");
});

test("shares keep the digits that matter near all and near nothing", () => {
  assert.equal(ratio(0.9971), "99.71 %");
  assert.equal(ratio(1), "100 %");
  assert.equal(ratio(0.019), "1.9 %");
});

test("counts and rates are short", () => {
  assert.equal(count(12_345), "12.3 k");
  assert.equal(count(1234), "1234");
  assert.equal(text(52, "perSecond"), "52 /s");
});

test("figures beyond all prefixes are short, and nothing has no sign", () => {
  assert.equal(count(1.234e21), "1.23e21");
  assert.equal(count(-1.2e15), "-1.2e15");
  assert.equal(count(2.5e12), "2.5 T");
  assert.equal(bytes(1.234e33), "1.1e18 PiB");
  assert.equal(bytes(-1e-9), "0 B");
  assert.equal(seconds(1.234e21), "1.23e21 s");
  assert.equal(seconds(-1e-12), "0 µs");
});

test("what is no number is a dash", () => assert.equal(text(null, "bytes"), "–"));

test("axis steps of bytes are powers of two", () => {
  for (const s of steps("bytes")) assert.equal(Math.log2(s) % 1, 0);
});

test("the top of an axis lies on a step above the greatest value", () => {
  assert.equal(top(880, "count"), 1000);
  assert.equal(top(512 * 2 ** 20, "bytes"), 640 * 2 ** 20);
  assert.equal(top(0, "seconds"), 1);
});
