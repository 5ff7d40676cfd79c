// Composition only: the stream feeds the headline, what control does, the chart, the table and the open node.

import { createChart } from "./chart.js";
import { isStandby, showControl } from "./control.js";
import { createDetail } from "./detail.js";
import { byId, setText } from "./dom.js";
import { showFleet } from "./fleet.js";
import { clock, duration, power, state } from "./format.js";
import { History } from "./history.js";
import { createNodeTable, showEmpty } from "./nodes.js";
import { followFleet } from "./stream.js";

const LINKS = {
  connecting: { glyph: "○", word: "connecting" },
  live: { glyph: "●", word: "live" },
  stale: { glyph: "◌", word: "not live" },
  paused: { glyph: "‖", word: "paused" },
};

const history = new History();
const chart = createChart(byId("power-chart"), byId("power-chart-summary"), byId("power-chart-table"), history);
const table = createNodeTable(byId("nodes"), (name) => choose(name === chosen ? null : name));
const detail = createDetail(byId("node-detail"), (name) => {
  choose(null);
  table.focus(name);
});

let link = "connecting";
let latest = null;
let arrivedAt = 0;
let lastState = null;
let chosen = null;

followFleet({ onFleet: show, onLink: showLink });
addEventListener("hashchange", followAddress);
setInterval(showAge, 1000);
followAddress();

function show(fleet) {
  latest = fleet;
  arrivedAt = performance.now();
  history.add(arrivedAt, fleet);
  showEmpty(fleet.nodes.length === 0 && !isStandby(fleet));
  showFleet(fleet);
  showControl(fleet);
  table.show(fleet);
  table.mark(chosen);
  chart.show(fleet, arrivedAt);
  setText(byId("as-of"), clock(fleet.time));
  announceState(state(fleet.power?.state).word);
}

function showLink(next) {
  const changed = next !== link;
  link = next;
  document.body.dataset.link = next;
  setText(byId("link-glyph"), LINKS[next].glyph);
  setText(byId("link-word"), LINKS[next].word);
  document.title = next === "live" ? `${power(latest?.power?.watts).join(" ")} · Homelab power` : `(${LINKS[next].word}) Homelab power`;
  detail.setLive(next === "live");
  showAge();
  if (changed && next === "stale") setText(byId("announce"), "The aggregator is away. The figures are not live.");
  if (changed && next === "live") setText(byId("announce"), "Live again.");
}

// While the aggregator is away the page says since when; its figures stay, greyed.
function showAge() {
  const old = performance.now() - arrivedAt;
  if (latest !== null) table.age(Date.parse(latest.time) + old);
  const notice = byId("notice");
  notice.hidden = link !== "stale";
  if (link !== "stale") return;
  setText(notice, latest === null
    ? "The aggregator does not answer. Trying again …"
    : `The aggregator is away. What you see is ${duration(old / 1000)} old, from ${clock(latest.time)}. Trying again …`);
}

function announceState(word) {
  if (lastState !== null && word !== lastState) setText(byId("announce"), `The fleet is now ${word}.`);
  lastState = word;
}

// The open node is in the address, so that it survives a reload and can be shared.
function choose(name) {
  location.hash = name === null ? "" : `node/${encodeURIComponent(name)}`;
}

function followAddress() {
  const match = /^#node\/(.+)$/.exec(location.hash);
  chosen = match ? decode(match[1]) : null;
  detail.open(chosen);
  table.mark(chosen);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
