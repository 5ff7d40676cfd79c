// The page's pure modules, without a browser: `npm test`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const { ABSENT, ago, budget, duration, energy, percent, power, provenance, reading, state } = await load("format.js");
const { History } = await load("history.js");
const { colourOf } = await load("palette.js");

// The modules are plain .js for the browser; as data they are modules in every Node.
async function load(name) {
  const source = await readFile(new URL(`../../../aggregator/Host/Dashboard/wwwroot/${name}`, import.meta.url), "utf8");
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
}

const fleet = (watts, total = watts) => ({ nodes: [{ name: "a", up: true, power: { watts } }], power: { watts: total } });

test("absent figures are a dash, never zero", () => {
  for (const absent of [null, undefined, NaN, Infinity, "7"]) {
    assert.deepEqual(power(absent), [ABSENT, ""]);
    assert.deepEqual(budget(absent), [ABSENT, ""]);
    assert.deepEqual(energy(absent), [ABSENT, ""]);
    assert.equal(percent(absent), ABSENT);
    assert.equal(reading(absent, "watts"), ABSENT);
  }
  assert.deepEqual(power(0), ["0.0", "W"]);
});

test("power is in watts, and in kilowatts from a thousand on", () => {
  assert.deepEqual(power(79.06), ["79.1", "W"]);
  assert.deepEqual(power(-0.04), ["0.0", "W"]);
  assert.deepEqual(power(-20.61), ["−20.6", "W"]);
  assert.deepEqual(power(999.94), ["999.9", "W"]);
  assert.deepEqual(power(999.96), ["1.00", "kW"]);
  assert.deepEqual(budget(100), ["100", "W"]);
  assert.deepEqual(budget(99.5), ["99.5", "W"]);
});

test("energy is in watt-hours, and in kilowatt-hours from a thousand on", () => {
  assert.deepEqual(energy(3600), ["1.00", "Wh"]);
  assert.deepEqual(energy(3.6e6), ["1.00", "kWh"]);
  assert.deepEqual(energy(180000), ["50.0", "Wh"]);
});

test("readings take the scale a person would choose", () => {
  assert.equal(reading(4.2e9, "hertz"), "4.20 GHz");
  assert.equal(reading(408e6, "hertz"), "408 MHz");
  assert.equal(reading(0.421, "ratio"), "42.1 %");
  assert.equal(reading(32 * 2 ** 30, "bytes"), "32.0 GiB");
  assert.equal(reading(1, "state"), "yes");
  assert.equal(reading(3, "furlongs"), "3 furlongs");
  assert.equal(reading(3, "constructor"), "3 constructor");
});

test("words the page does not know are not trusted", () => {
  assert.deepEqual(state("elevated"), { word: "elevated", text: "▲ elevated" });
  assert.equal(state("__proto__").word, "unknown");
  assert.equal(provenance("constructor").word, "none");
  assert.equal(provenance("modelled").text, "▨ modelled");
});

test("ages are words", () => {
  const now = Date.parse("2026-11-21T10:00:00Z");
  assert.equal(ago("2026-11-21T09:59:59Z", now), "now");
  assert.equal(ago("2026-11-21T09:58:47Z", now), "73 s ago");
  assert.equal(ago(null, now), ABSENT);
  assert.equal(duration(600), "10 min");
});

test("history keeps five minutes and replaces what comes too fast", () => {
  const history = new History();
  for (let second = 0; second <= 600; second++) history.add(second * 1000, fleet(10));
  history.add(600_100, fleet(30));
  const [run] = history.runs(600_100);
  assert.ok(run[0].at >= 295_000 && run[0].at <= 300_000);
  assert.equal(run.at(-1).total, 30);
  assert.equal(run.length, 305);
  assert.deepEqual(history.rows(600_100, 30).map((row) => row.secondsAgo), [0, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300]);
});

test("history breaks where nothing was seen, and knows time over the budget", () => {
  const history = new History();
  for (let second = 0; second < 10; second++) history.add(second * 1000, fleet(90));
  for (let second = 30; second < 40; second++) history.add(second * 1000, fleet(second < 34 ? 110 : 50));
  assert.deepEqual(history.runs(40_000).map((run) => run.length), [10, 10]);
  const { low, high, over, mean } = history.summary(40_000, 100);
  assert.deepEqual({ low, high, over }, { low: 50, high: 110, over: 4 });
  assert.ok(mean > 80 && mean < 84);
  assert.equal(new History().summary(0, 100), null);
});

test("a node without a figure is absent from history, not zero", () => {
  const history = new History();
  history.add(0, { nodes: [{ name: "a", up: false, power: { watts: 5 } }, { name: "b", up: true, power: { watts: null } }], power: { watts: null } });
  const [[sample]] = history.runs(0);
  assert.deepEqual([...sample.watts.values()], [null, null]);
  assert.equal(history.summary(0, 100), null);
});

test("a node keeps its colour, and seven nodes have seven", () => {
  const names = ["um890", "rk1-1", "rk1-2", "rk1-3", "pi4b", "nas", "gpu"];
  const first = names.map(colourOf);
  assert.equal(new Set(first).size, 7);
  colourOf("one-more");
  assert.deepEqual(names.map(colourOf), first);
});
