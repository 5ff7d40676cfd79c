// One node in full: its machine, every reading with its quality, and every source with its last success.

import { h } from "./dom.js";
import { ABSENT, ago, duration, isNumber, reading } from "./format.js";
import { fetchJson } from "./stream.js";

const REFRESH_MS = 2000;
const QUALITIES = { __proto__: null, ok: "●", stale: "◌", fault: "✕", implausible: "?", denied: "⊘", unsupported: "–", asleep: "☾" };

/** The section below the table. It refreshes itself while it is open and the page is live. */
export function createDetail(section, onClose) {
  let name = null;
  let timer = 0;
  let live = false;
  let filled = null;

  const refresh = async () => {
    clearTimeout(timer);
    const mine = name;
    if (mine === null || !live) return;
    try {
      const answer = await fetchJson(`api/v1/nodes/${encodeURIComponent(mine)}`);
      if (mine === name) fill(answer);
    } catch (error) {
      if (mine === name && filled !== mine) section.replaceChildren(head(mine), h("p", { class: "notice" }, `Nothing to show for this node: ${error.message}`));
    }
    if (mine === name) timer = setTimeout(refresh, REFRESH_MS);
  };

  const head = (title, subtitle = "") => h("div", { class: "card-head" },
    h("h2", { id: "node-detail-title" }, title),
    h("p", { class: "muted" }, subtitle),
    close());

  const close = () => {
    const button = h("button", { type: "button", class: "close", "aria-label": `Close the details of ${name}` }, "✕");
    button.addEventListener("click", () => onClose(name));
    return button;
  };

  const fill = (answer) => {
    const places = [...section.querySelectorAll(".scroll")].map((place) => [place.scrollTop, place.scrollLeft]);
    const closing = section.querySelector(".close") === document.activeElement;
    const now = Date.parse(answer.time);
    section.replaceChildren(
      head(answer.node?.name ?? name, answer.node?.board ?? ""),
      facts(answer),
      readings(answer.readings ?? []),
      sources(answer.sources ?? [], now));
    filled = name;
    section.querySelectorAll(".scroll").forEach((place, i) => places[i] && place.scrollTo(places[i][1], places[i][0]));
    if (closing) section.querySelector(".close").focus();
  };

  section.addEventListener("keydown", (event) => event.key === "Escape" && onClose(name));
  return {
    open(chosen) {
      name = chosen;
      filled = null;
      section.hidden = chosen === null;
      section.replaceChildren(...(chosen === null ? [] : [head(chosen, "reading …")]));
      refresh();
    },
    setLive(isLive) {
      const returned = isLive && !live;
      live = isLive;
      if (returned) refresh();
    },
  };
}

function facts({ node = {}, machine = {} }) {
  const sensors = isNumber(node.sensors?.ok) ? `${node.sensors.ok} ok${node.sensors.other > 0 ? `, ${node.sensors.other} not` : ""}` : ABSENT;
  const entries = {
    Processor: node.processor,
    ...(isNumber(node.power?.idleWatts) && isNumber(node.power?.peakWatts) && { "Usual power": `${reading(node.power.idleWatts, "W")} at rest, ${reading(node.power.peakWatts, "W")} at peak` }),
    ...(node.cluster && { Cluster: node.cluster }),
    ...(node.sharedHost && { Machine: `${node.sharedHost.name}, shared with other nodes; counted once, with ${node.sharedHost.countedBy}` }),
    Architecture: node.architecture,
    CPUs: isNumber(machine.logicalCpus) && machine.logicalCpus > 0 ? String(machine.logicalCpus) : ABSENT,
    Memory: machine.memoryBytes > 0 ? reading(machine.memoryBytes, "bytes") : ABSENT,
    System: node.operatingSystem,
    Kernel: machine.kernel,
    Agent: node.agentVersion,
    Sensors: sensors,
    ...held(node.control),
    Reconnects: isNumber(node.reconnects) ? String(node.reconnects) : ABSENT,
    Boot: machine.bootId,
  };
  return h("dl", { class: "facts wide" }, ...Object.entries(entries).map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value || ABSENT))));
}

// Why the node is held as it is, in the control loop's own words.
function held(control) {
  if (!control) return {};
  const watts = (value) => (isNumber(value) ? reading(value, "W") : ABSENT);
  return {
    Standing: [control.standing, control.lease && `lease ${control.lease}`, control.outcome, control.outcomeDetail].filter(Boolean).join(", "),
    Cap: `${watts(control.capWatts)}, effective ${watts(control.effectiveWatts)}`,
    Committed: watts(control.committedWatts),
    Demand: `${watts(control.demandWatts)} of ${watts(control.floorWatts)} to ${watts(control.ceilingWatts)}`,
    "Safe share": watts(control.safeShareWatts),
    Why: control.reason,
  };
}

const quality = (word) => h("span", { class: "badge", "data-quality": word }, `${QUALITIES[word] ?? "?"} ${word ?? "unknown"}`);

function readings(list) {
  return listing("Readings", list.length, ["Source", "Device", "Sensor", "Value", "Quality", "Path and detail"], list.map((each) => h("tr", { "data-reading": each.name },
    h("td", {}, each.source ?? ""),
    h("td", {}, each.device ?? ""),
    h("td", {}, each.label || each.name || "", each.label && each.label !== each.name ? h("span", { class: "muted" }, ` ${each.name}`) : ""),
    h("td", { class: "number" }, reading(each.value, each.unit)),
    h("td", {}, quality(each.quality)),
    h("td", { class: "path" }, h("code", {}, each.path ?? ""), each.detail ? h("span", { class: "sub" }, each.detail) : ""))));
}

function sources(list, now) {
  return listing("Sources", list.length, ["Source", "Result", "Took", "Last success", "Failures", "Detail"], list.map((each) => h("tr", { "data-source": each.source },
    h("th", { scope: "row" }, each.source ?? ""),
    h("td", {}, quality(each.success ? "ok" : "fault")),
    h("td", { class: "number" }, isNumber(each.durationSeconds) ? milliseconds(each.durationSeconds) : ABSENT),
    h("td", { class: "number" }, ago(each.lastSuccess, now)),
    h("td", { class: "number" }, isNumber(each.failures) ? String(each.failures) : ABSENT),
    h("td", { class: "path" }, each.detail ?? ""))));
}

const milliseconds = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 0)} ms` : duration(seconds));

function listing(title, count, columns, rows) {
  const id = `detail-${title.toLowerCase()}`;
  const numeric = new Set(["Value", "Took", "Last success", "Failures"]);
  return h("section", { "aria-labelledby": id },
    h("h3", { id }, `${title} (${count})`),
    h("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": id },
      h("table", { class: "plain" },
        h("thead", {}, h("tr", {}, ...columns.map((column) => h("th", { scope: "col", class: numeric.has(column) ? "number" : null }, column)))),
        h("tbody", {}, ...rows))));
}
