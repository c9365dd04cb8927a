import assert from "node:assert/strict";
import { test } from "node:test";
import { age, relative } from "../src/time";

test("ages use the coarsest unit that still says something", () => {
  assert.equal(age(2_000), "2 s");
  assert.equal(age(59 * 60_000), "59 min");
  assert.equal(age(26 * 3_600_000), "26 h");
  assert.equal(age(97 * 86_400_000), "97 d");
});

test("the past is ago, the future is in, and bare is neither", () => {
  assert.equal(relative(0, 120_000, ""), "2 min ago");
  assert.equal(relative(120_000, 0, ""), "in 2 min");
  assert.equal(relative(0, 120_000, "bare"), "2 min");
});
