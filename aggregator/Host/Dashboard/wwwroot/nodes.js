// One table row per node, kept and refilled: a row never flickers, and its button keeps the focus.

import { showCap } from "./control.js";
import { byId, h, setAttribute, setQuantity, setText } from "./dom.js";
import { ABSENT, ago, celsius, energy, isNumber, percent, power, provenance, state } from "./format.js";
import { colourOf } from "./palette.js";

/** The node table; `onChoose(name)` when a row is clicked or its button pressed. */
export function createNodeTable(table, onChoose) {
  const body = table.tBodies[0];
  const rows = new Map();
  let seen = [];

  const rowOf = (name) => {
    if (!rows.has(name)) rows.set(name, createRow(name, onChoose));
    return rows.get(name);
  };

  return {
    show(fleet) {
      seen = fleet.nodes;
      const wanted = fleet.nodes.map((node) => rowOf(node.name));
      fleet.nodes.forEach((node, i) => fillRow(wanted[i], node));
      for (const [name, row] of rows) {
        if (wanted.includes(row)) continue;
        row.remove();
        rows.delete(name);
      }
      wanted.forEach((row, i) => body.children[i] !== row && body.insertBefore(row, body.children[i] ?? null));
    },
    /** "Last seen" goes on counting while no figures come; `now` is the aggregator's time in ms. */
    age(now) {
      for (const node of seen) setText(rows.get(node.name).querySelector('[data-field="last-seen"]'), ago(node.lastSeen, now));
    },
    mark(chosen) {
      for (const [name, row] of rows) {
        setAttribute(row.querySelector("button"), "aria-expanded", String(name === chosen));
        row.classList.toggle("chosen", name === chosen);
      }
    },
    focus: (name) => rows.get(name)?.querySelector("button").focus(),
  };
}

const field = (name, className = "") => h("span", { "data-field": name, class: className });

function createRow(name, onChoose) {
  const cell = (label, className, ...children) => h("td", { role: "cell", "data-label": label, class: className }, ...children);
  const row = h("tr", { role: "row", "data-node": name },
    h("th", { role: "rowheader", scope: "row" }, h("div", { class: "name-cell" },
      h("span", { class: `swatch ${colourOf(name)}`, "aria-hidden": "true" }),
      h("span", { class: "who" },
        h("button", { type: "button", "aria-expanded": "false", "aria-controls": "node-detail", title: name }, name),
        " ", h("span", { "data-field": "replay", class: "chip plain", title: "Recorded readings, not live hardware", hidden: true }, "⟲ replay"),
        field("board", "sub")))),
    cell("Power", "number", field("watts", "strong"), field("uncertainty", "sub"),
      h("span", { "data-field": "cap-bar", class: "cap-bar", hidden: true, "aria-hidden": "true" }, h("i"), h("b")), field("cap", "sub cap-text")),
    cell("Quality", "", field("quality", "badge"), field("source", "sub")),
    cell("Temp", "number", field("temperature"), field("temperature-sensor", "sub")),
    cell("CPU", "number", field("cpu"), h("span", { class: "meter", "aria-hidden": "true" }, h("i"))),
    cell("Throttled", "", field("throttled")),
    cell("Energy", "number", field("energy")),
    cell("State", "", field("state", "chip")),
    cell("Last seen", "number", field("last-seen")));
  // The button is the control; the whole row is a large target for the mouse, unless it selects text.
  row.addEventListener("click", (event) => {
    if (event.target.closest("button") || getSelection().isCollapsed) onChoose(name);
  });
  return row;
}

function fillRow(row, node) {
  const get = (name) => row.querySelector(`[data-field="${name}"]`);
  const figures = node.power ?? {};
  const { word, text } = provenance(figures.provenance);
  row.classList.toggle("down", !node.up);
  row.classList.toggle("modelled", word === "modelled");
  get("replay").hidden = !node.replay;
  setText(get("board"), node.board || node.processor || "");
  setAttribute(get("board"), "title", [node.board, node.processor].filter(Boolean).join(" · "));
  setQuantity(get("watts"), power(figures.watts));
  const bounded = isNumber(figures.watts) && isNumber(figures.uncertaintyRatio);
  setText(get("uncertainty"), bounded ? `± ${power(figures.watts * figures.uncertaintyRatio).join(" ")}` : "");
  showCap(get("cap-bar"), get("cap"), node);
  setText(get("quality"), text);
  setAttribute(get("quality"), "data-quality", word);
  const { name, countedBy } = node.sharedHost ?? {};
  setText(get("source"), [figures.source, figures.scope === "unknown" ? "" : figures.scope, name && `machine ${name}, ${countedBy === node.name ? "counted here" : `counted with ${countedBy}`}`].filter(Boolean).join(" · "));
  setQuantity(get("temperature"), celsius(node.temperature?.celsius));
  setText(get("temperature-sensor"), node.temperature?.sensor ?? "");
  setText(get("cpu"), percent(node.cpuUtilizationRatio));
  const meter = row.querySelector(".meter");
  meter.hidden = !isNumber(node.cpuUtilizationRatio);
  meter.firstElementChild.style.width = `${Math.min(100, Math.max(0, (node.cpuUtilizationRatio ?? 0) * 100)).toFixed(1)}%`;
  fillThrottled(get("throttled"), node);
  setQuantity(get("energy"), energy(node.energyJoules));
  const health = state(node.state);
  setText(get("state"), node.up ? health.text : "✕ away");
  setAttribute(get("state"), "data-state", node.up ? health.word : "unknown");
}

function fillThrottled(element, { throttled, up }) {
  const reasons = Array.isArray(throttled) ? throttled : [];
  setText(element, reasons.length > 0 ? `▼ ${reasons.map((reason) => String(reason).replaceAll("_", " ")).join(", ")}` : up && Array.isArray(throttled) ? "no" : ABSENT);
  element.className = reasons.length > 0 ? "chip alarm" : "muted";
}

/** Tells a page with no node how to get one, with the address this page came from. */
export function showEmpty(isEmpty) {
  byId("empty").hidden = !isEmpty;
  byId("chart-card").hidden = isEmpty;
  byId("nodes-card").hidden = isEmpty;
  if (isEmpty) setText(byId("empty-command"), `homelab-agent run --aggregator ${location.protocol}//${location.hostname}:8766`);
}
