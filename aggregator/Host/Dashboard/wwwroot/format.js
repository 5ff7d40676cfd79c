// Numbers to words. What is absent is an en dash, never a zero.

export const ABSENT = "–";

export const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** Its watts are in the fleet's sum: nodes of one machine measure the same watts, and one of them counts. */
export const isCounted = (node) => node.up && isNumber(node.power?.watts) && (!node.sharedHost || node.sharedHost.countedBy === node.name);

const fixed = (value, digits) => value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1").replace("-", "−");

/** Watts as [number, unit]; kilowatts from 1000 W on. */
export function power(watts) {
  if (!isNumber(watts)) return [ABSENT, ""];
  return Math.abs(watts) >= 999.95 ? [fixed(watts / 1000, 2), "kW"] : [fixed(watts, 1), "W"];
}

/** A budget as [number, unit]: whole watts stay whole. */
export function budget(watts) {
  if (!isNumber(watts)) return [ABSENT, ""];
  return watts < 1000 && Number.isInteger(watts) ? [fixed(watts, 0), "W"] : power(watts);
}

/** Joules as [number, unit], in watt-hours: the unit on the bill. */
export function energy(joules) {
  if (!isNumber(joules)) return [ABSENT, ""];
  const wattHours = joules / 3600;
  if (wattHours >= 999.5) return [fixed(wattHours / 1000, 2), "kWh"];
  return [fixed(wattHours, wattHours < 10 ? 2 : 1), "Wh"];
}

export function percent(ratio, digits = 0) {
  return isNumber(ratio) ? `${fixed(ratio * 100, digits)} %` : ABSENT;
}

export function celsius(value) {
  return isNumber(value) ? [fixed(value, 1), "°C"] : [ABSENT, ""];
}

/** A span of time in the one unit that fits. */
export function duration(seconds) {
  if (!isNumber(seconds)) return ABSENT;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  if (whole < 5400) return `${Math.round(whole / 60)} min`;
  if (whole < 129600) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86400)} d`;
}

/** How long before `now` (ms) a time stamp lies, in words. */
export function ago(timestamp, now) {
  const then = Date.parse(timestamp ?? "");
  if (Number.isNaN(then) || !isNumber(now)) return ABSENT;
  const seconds = (now - then) / 1000;
  return seconds < 2.5 ? "now" : `${duration(seconds)} ago`;
}

export function clock(timestamp) {
  const time = new Date(timestamp ?? "");
  return Number.isNaN(time.getTime()) ? ABSENT : time.toLocaleTimeString([], { hour12: false });
}

const SCALES = {
  __proto__: null,
  watts: (v) => power(v).join(" "),
  joules: (v) => energy(v).join(" "),
  celsius: (v) => celsius(v).join(" "),
  hertz: (v) => (v >= 1e9 ? `${fixed(v / 1e9, 2)} GHz` : `${fixed(v / 1e6, 0)} MHz`),
  ratio: (v) => percent(v, 1),
  volts: (v) => `${fixed(v, 3)} V`,
  amperes: (v) => `${fixed(v, 3)} A`,
  rpm: (v) => `${fixed(v, 0)} rpm`,
  seconds: (v) => (v < 60 ? `${fixed(v, 3)} s` : duration(v)),
  state: (v) => (v === 0 ? "no" : v === 1 ? "yes" : String(v)),
  bytes: (v) => (v >= 1 << 30 ? `${fixed(v / (1 << 30), 1)} GiB` : `${fixed(v / (1 << 20), 1)} MiB`),
};

const UNIT_NAMES = { __proto__: null, W: "watts", J: "joules", "°C": "celsius", C: "celsius", Hz: "hertz", V: "volts", A: "amperes", s: "seconds", B: "bytes" };

/** A reading in base units, in the scale a person would choose. Unknown units are shown as they came. */
export function reading(value, unit) {
  if (!isNumber(value)) return ABSENT;
  const scale = SCALES[UNIT_NAMES[unit] ?? unit];
  return scale ? scale(value) : `${value} ${unit ?? ""}`.trim();
}

const STATES = { ok: "●", elevated: "▲", critical: "◆", unknown: "?" };

/** State as a glyph and a word; a word this page does not know is shown as unknown. */
export function state(word) {
  const known = Object.hasOwn(STATES, word) ? word : "unknown";
  return { word: known, text: `${STATES[known]} ${known}` };
}

const PROVENANCES = { measured: "●", apportioned: "◐", modelled: "▨", none: "○" };

/** Where a watt came from, as a glyph and a word. */
export function provenance(word) {
  const known = Object.hasOwn(PROVENANCES, word) ? word : "none";
  return { word: known, text: `${PROVENANCES[known]} ${known === "none" ? "no figure" : known}` };
}
