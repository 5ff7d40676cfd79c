// What the control loop does: the mode, alarms, what is committed against the budget, groups, and the last decisions.

import { byId, h, setAttribute, setText } from "./dom.js";
import { budget as formatBudget, clock, isCounted, isNumber, power } from "./format.js";

const MODES = { __proto__: null, observe: "observing, no caps", label: "labelling, no caps", cap: "▼ capping" };
const KINDS = { __proto__: null, cut: "▼", raise: "▲", trip: "◆", alarm: "■", clear: "✓", mode: "⚙", budget: "⚙", join: "+", silent: "✕", return: "+", release: "○" };
const MOST_DECISIONS = 8;

const watts = (value) => power(value).join(" ");

/** Fills everything on the page that comes from the control loop; without one, it stays hidden. */
export function showControl(fleet) {
  const control = fleet.control ?? null;
  showMode(fleet.budget?.mode, control);
  showLeader(control?.leader ?? null);
  showAlarms(control?.alarms ?? [], control?.proposals ?? [], control?.storageFailure ?? "");
  showCommitted(fleet, control);
  showGroups(control?.groups ?? []);
  showDecisions(control?.decisions ?? []);
}

function showMode(mode, control) {
  const chip = byId("fleet-mode");
  chip.hidden = !mode;
  setText(chip, MODES[mode] ?? mode ?? "");
  const reason = control?.budgetReason ?? "";
  const why = byId("budget-reason");
  why.hidden = reason === "" || reason === "configured";
  setText(why, reason);
}

// Of several aggregators one leads: agents are with it, so the others show no nodes.
function showLeader(leader) {
  const chip = byId("leader");
  chip.hidden = leader === null;
  if (leader === null) return;
  const other = leader.name && leader.name !== leader.self ? `${leader.name} leads` : "none leads now";
  setText(chip, leader.leader ? `● leads, term ${leader.term}` : `◌ stands by: ${other}`);
  setAttribute(chip, "title", [leader.self, leader.trouble].filter(Boolean).join(": "));
}

/** This aggregator stands by for another. */
export const isStandby = (fleet) => fleet.control?.leader?.leader === false;

function showAlarms(alarms, proposals, storageFailure) {
  const lines = alarms.map((alarm) => `■ ${alarm.alarm}: ${alarm.text} (since ${clock(alarm.since)})`);
  if (storageFailure !== "") lines.push(`■ not stored: ${storageFailure}; new caps wait`);
  for (const proposal of proposals) lines.push(`Proposal: switch ${proposal.node} off, which frees ${watts(proposal.freesWatts)}: ${proposal.reason}. Nothing is switched off by itself.`);
  const place = byId("alarms");
  place.hidden = lines.length === 0;
  fill(place, lines, (line) => h("li", {}, line));
}

// Under the bar: what may be drawn at most by all that is known, and the guard that is kept free for errors of sensors and limiters.
function showCommitted(fleet, control) {
  const row = byId("fleet-commit");
  const limit = fleet.budget?.watts;
  const isShown = control !== null && control.mode === "cap" && isNumber(limit) && limit > 0;
  row.hidden = !isShown;
  if (!isShown) return;
  // The bar above it is drawn to the larger of budget and draw.
  const scale = Math.max(limit, drawn(fleet), 1e-6);
  const share = (value) => `${Math.min(100, Math.max(0, (value / scale) * 100)).toFixed(2)}%`;
  const [filled, guard] = row.querySelectorAll("i");
  filled.style.width = share(control.committedWatts);
  guard.style.left = share(control.allocatableWatts);
  guard.style.width = share(limit - control.allocatableWatts);
  const text = `committed ${watts(control.committedWatts)} of ${watts(control.allocatableWatts)} · kept free ${watts(limit - control.allocatableWatts)}`;
  setText(row.querySelector("span"), text);
  setAttribute(row, "aria-label", text);
}

const drawn = (fleet) => fleet.nodes.reduce((sum, node) => sum + (isCounted(node) ? Math.max(0, node.power.watts) : 0), 0);

function showGroups(groups) {
  const place = byId("groups");
  const inner = groups.slice(1);
  place.hidden = inner.length === 0;
  fill(place, inner.map((group) => `${group.name} ${watts(group.measuredWatts)} of ${formatBudget(group.limitWatts).join(" ")}, committed ${watts(group.committedWatts)}${group.isHard ? ", hard" : ""}${group.isInfeasible ? " ■ the floors do not fit" : ""}`), (line) => h("li", {}, line));
}

function showDecisions(decisions) {
  const card = byId("decisions-card");
  card.hidden = decisions.length === 0;
  const lines = decisions.slice(-MOST_DECISIONS).reverse();
  const list = byId("decisions");
  const key = JSON.stringify(lines);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...lines.map((each) => h("li", {},
    h("time", { datetime: each.time }, clock(each.time)),
    h("span", { class: "decision-kind", "data-kind": each.kind }, `${KINDS[each.kind] ?? "·"} ${each.kind}`),
    h("span", { class: "decision-node" }, each.node ?? "fleet"),
    h("span", { class: "decision-reason" }, each.reason))));
}

// Kept and refilled, so that a screen reader is not told the same again each second.
function fill(list, lines, make) {
  const key = JSON.stringify(lines);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...lines.map(make));
}

/** The bar of a node against its cap: `element` holds a fill and a mark. Hidden where there is no cap. */
export function showCap(element, text, node) {
  const control = node.control ?? null;
  const cap = control?.effectiveWatts ?? control?.capWatts;
  const isCapped = isNumber(cap) && node.up;
  element.hidden = !isCapped;
  setText(text, capText(control, cap, isCapped));
  text.classList.toggle("biting", isCapped && control.isBiting === true);
  setAttribute(text, "title", control?.reason ?? "");
  if (!isCapped) return;
  const scale = Math.max(control.ceilingWatts, cap, node.power?.watts ?? 0, 1e-6);
  element.children[0].style.width = `${Math.min(100, (Math.max(0, node.power?.watts ?? 0) / scale) * 100).toFixed(1)}%`;
  element.children[1].style.left = `${Math.min(100, (cap / scale) * 100).toFixed(1)}%`;
  setAttribute(element, "title", control.reason ?? "");
}

function capText(control, cap, isCapped) {
  if (control === null) return "";
  if (isCapped) return `${control.isBiting ? "▼ held to" : "cap"} ${watts(cap)}`;
  return control.standing === "silent" || control.standing === "awaited" || control.standing === "uncontrolled" ? `■ ${control.standing}, ${watts(control.committedWatts)} reserved` : "";
}
