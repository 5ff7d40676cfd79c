// The headline: watts against the budget, and the bar that says whose they are.

import { byId, h, setAttribute, setQuantity, setText } from "./dom.js";
import { ABSENT, budget, energy, isCounted, isNumber, percent, power, provenance, state } from "./format.js";
import { colourOf } from "./palette.js";

// Pixels: a name is shown only where it fits whole.
const LETTER = 8.4, PADDING = 24;

/** Fills the fleet card; every absent figure is a dash. */
export function showFleet(fleet) {
  const figures = fleet.power ?? {};
  setQuantity(byId("fleet-watts"), power(figures.watts));
  setQuantity(byId("fleet-budget"), budget(fleet.budget?.watts));
  const { word, text } = state(figures.state);
  setText(byId("fleet-state"), text);
  setAttribute(byId("fleet-state"), "data-state", word);
  setQuantity(byId("fleet-headroom"), power(figures.headroomWatts));
  setText(byId("fleet-uncertainty"), uncertainty(figures.watts, figures.uncertaintyRatio));
  setQuantity(byId("fleet-energy"), energy(fleet.energyJoules));
  showCount(fleet);
  showBar(fleet);
}

/** ± in watts and as a share; a dash when either figure is absent. */
export function uncertainty(watts, ratio) {
  return isNumber(watts) && isNumber(ratio) ? `± ${power(watts * ratio).join(" ")} (${percent(ratio)})` : ABSENT;
}

const held = ({ control }) => (isNumber(control?.capWatts) ? `may draw ${power(control.capWatts).join(" ")}: ${control.reason}` : "");

function showCount({ nodes }) {
  const up = nodes.filter((node) => node.up).length;
  setText(byId("fleet-nodes"), up === nodes.length ? `${up} up` : `${up} of ${nodes.length} up`);
  const counted = nodes.filter((node) => node.up && isNumber(node.power?.watts)).length;
  setText(byId("fleet-counted"), counted === nodes.length ? "" : `▲ ${counted} of ${nodes.length} nodes give a figure; the rest draw more than is shown`);
}

function showBar(fleet) {
  const counted = fleet.nodes.filter((node) => isCounted(node) && node.power.watts > 0);
  const total = counted.reduce((sum, node) => sum + node.power.watts, 0);
  const limit = isNumber(fleet.budget?.watts) ? fleet.budget.watts : 0;
  const scale = Math.max(total, limit, 1e-6);
  const bar = byId("fleet-bar");
  while (bar.children.length > counted.length) bar.lastElementChild.remove();
  counted.forEach((node, i) => {
    const segment = bar.children[i] ?? bar.appendChild(h("span", {}, h("span", { class: "segment-name" })));
    const share = node.power.watts / scale;
    segment.className = `segment ${colourOf(node.name)} ${provenance(node.power.provenance).word}`;
    segment.style.width = `${(share * 100).toFixed(2)}%`;
    segment.title = [`${node.name} ${power(node.power.watts).join(" ")}, ${provenance(node.power.provenance).word}`, held(node)].filter(Boolean).join("; ");
    setText(segment.firstElementChild, share * bar.clientWidth >= node.name.length * LETTER + PADDING ? node.name : "");
  });
  const mark = byId("fleet-mark");
  mark.hidden = limit === 0 || total <= limit;
  mark.style.left = `${((limit / scale) * 100).toFixed(2)}%`;
  const parts = counted.map((node) => `${node.name} ${power(node.power.watts).join(" ")} ${provenance(node.power.provenance).word}`);
  setAttribute(bar, "aria-label", parts.length === 0 ? "No figures yet" : `${power(total).join(" ")} of ${budget(limit).join(" ")}: ${parts.join(", ")}`);
}
