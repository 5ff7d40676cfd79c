// The stacked area of the last five minutes, with the budget as a line. Drawn anew on each update: 300 points are few.

import { h, s, setText } from "./dom.js";
import { ABSENT, budget as formatBudget, duration, power } from "./format.js";
import { WINDOW_SECONDS } from "./history.js";
import { colourOf } from "./palette.js";

const LEFT = 40, RIGHT = 64, TOP = 14, BOTTOM = 24;

/** A chart on an svg element, its text summary and its table. */
export function createChart(svg, summary, table, history) {
  let fleet = null;

  const draw = (now) => {
    const { width, height } = svg.getBoundingClientRect();
    if (fleet === null || width < 80) return;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const runs = history.runs(now);
    const budget = fleet.budget?.watts ?? null;
    const right = width < 480 ? 8 : RIGHT;
    const top = ceiling(runs, budget);
    const x = (at) => LEFT + (width - LEFT - right) * (1 - (now - at) / (WINDOW_SECONDS * 1000));
    const y = (watts) => TOP + (height - TOP - BOTTOM) * (1 - watts / top);
    svg.replaceChildren(
      definitions(width - right, height),
      grid(width, height, right, top, x, y, now),
      s("g", { "clip-path": "url(#plot)" }, ...areas(fleet.nodes, runs, x, y)),
      ...(right === RIGHT ? names(fleet.nodes, runs, x, y, now) : []),
      ...(budget === null ? [] : budgetLine(budget, width, right, y)),
    );
    setText(summary, describe(history.summary(now, budget), budget));
    if (table.open) fillTable(table.lastElementChild, fleet.nodes, history.rows(now, 30));
  };

  let lastDraw = 0;
  new ResizeObserver(() => draw(lastDraw)).observe(svg);
  table.addEventListener("toggle", () => draw(lastDraw));
  return {
    /** Draws the history up to `now` (ms); a later redraw for a new size keeps that instant. */
    show(latest, now) {
      fleet = latest;
      lastDraw = now;
      draw(now);
    },
  };
}

// The first round number that leaves air above both the budget and the highest total.
function ceiling(runs, budget) {
  let highest = budget ?? 0;
  for (const run of runs) for (const sample of run) highest = Math.max(highest, sample.total ?? 0);
  const wanted = Math.max(highest * 1.08, 1);
  const step = tickStep(wanted);
  return Math.ceil(wanted / step) * step;
}

function tickStep(top) {
  const rough = top / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((n) => n * magnitude).find((step) => step >= rough);
}

function definitions(right, height) {
  return s("defs", {},
    s("pattern", { id: "hatch", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("rect", { class: "hatch-line", width: 2.5, height: 6 })),
    s("clipPath", { id: "plot" }, s("rect", { x: LEFT, y: 0, width: Math.max(0, right - LEFT), height: height - BOTTOM + 1 })));
}

function grid(width, height, right, top, x, y, now) {
  const group = s("g", { class: "grid" });
  for (let watts = 0, step = tickStep(top); watts <= top + step / 100; watts += step) {
    group.append(
      s("line", { x1: LEFT, x2: width - right, y1: y(watts), y2: y(watts), class: watts === 0 ? "base" : null }),
      s("text", { x: LEFT - 8, y: y(watts) + 4, "text-anchor": "end" }, power(watts)[0].replace(/\.0$/, "")));
  }
  for (const minutes of width < 480 ? [5, 3, 1, 0] : [5, 4, 3, 2, 1, 0]) {
    const anchor = minutes === 0 ? "end" : minutes === 5 ? "start" : "middle";
    group.append(s("text", { x: x(now - minutes * 60000), y: height - 6, "text-anchor": anchor }, minutes === 0 ? "now" : `−${minutes} min`));
  }
  return group;
}

// One band per node and run, the first node of the list on top, as in the table.
function areas(nodes, runs, x, y) {
  const shapes = [];
  for (const run of runs) {
    const floor = run.map(() => 0);
    for (const node of nodes.toReversed()) {
      const lower = floor.slice();
      run.forEach((sample, i) => (floor[i] += Math.max(0, sample.watts.get(node.name) ?? 0)));
      if (floor.every((value, i) => value === lower[i])) continue;
      const edge = (heights) => run.map((sample, i) => `${x(sample.at).toFixed(1)},${y(heights[i]).toFixed(1)}`);
      const d = `M${edge(floor).join("L")}L${edge(lower).reverse().join("L")}Z`;
      shapes.push(s("path", { d, class: `area ${colourOf(node.name)}` }));
      if (node.power?.provenance === "modelled") shapes.push(s("path", { d, class: "hatching" }));
    }
  }
  return shapes;
}

// Each band carries its name at its right end where there is room: colour is never the only key.
function names(nodes, runs, x, y, now) {
  const last = runs.at(-1)?.at(-1);
  if (!last || now - last.at > 3000) return [];
  const labels = [];
  let floor = 0;
  for (const node of nodes.toReversed()) {
    const watts = Math.max(0, last.watts.get(node.name) ?? 0);
    const thickness = y(floor) - y(floor + watts);
    if (thickness >= 9) labels.push(s("text", { x: x(now) + 7, y: y(floor + watts / 2) + 4, class: "band-name" }, shorten(node.name)));
    floor += watts;
  }
  return labels;
}

const shorten = (name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name);

function budgetLine(budget, width, right, y) {
  return [
    s("line", { class: "budget-line", x1: LEFT, x2: width - right, y1: y(budget), y2: y(budget) }),
    s("text", { class: "budget-name", x: LEFT + 6, y: y(budget) - 5 }, `budget ${formatBudget(budget).join(" ")}`),
  ];
}

function describe(summary, budget) {
  if (summary === null) return "No watts in this time yet.";
  const span = summary.seconds < WINDOW_SECONDS - 5 ? ` in the last ${duration(summary.seconds)}` : "";
  const figures = `Between ${power(summary.low).join(" ")} and ${power(summary.high).join(" ")}, mean ${power(summary.mean).join(" ")}${span}`;
  if (budget === null) return `${figures}.`;
  return summary.over > 0 ? `${figures}; over the budget for ${duration(summary.over)}.` : `${figures}; never over the budget.`;
}

function fillTable(place, nodes, rows) {
  const cell = (watts) => h("td", { class: "number" }, watts === null || watts === undefined ? ABSENT : power(watts).join(" "));
  place.replaceChildren(h("table", { class: "plain" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "When"), ...nodes.map((node) => h("th", { scope: "col", class: "number" }, node.name)), h("th", { scope: "col", class: "number" }, "Fleet"))),
    h("tbody", {}, ...rows.map(({ secondsAgo, sample }) => h("tr", {},
      h("th", { scope: "row" }, secondsAgo === 0 ? "now" : `${secondsAgo} s ago`),
      ...nodes.map((node) => cell(sample?.watts.get(node.name))),
      cell(sample?.total))))));
}
