// Opens the live page as a person would and says, as JSON, what its DOM shows.
// Exit 0: live figures for every expected node, a second update changed them, and the browser had no complaint.
// Exit 1: anything else; "problems" in the JSON says what. Exit 2: wrong arguments.

import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const USAGE = `usage: node check-page.mjs URL [--nodes um890,pi4b] [--screenshot FILE] [--detail NODE]
                          [--scheme dark|light] [--viewport 1280x800] [--timeout SECONDS] [--linger SECONDS]
--linger keeps the page open that long before the screenshot, so that its chart fills. The browser is $CHROMIUM, else /usr/bin/chromium.`;

const options = read(process.argv.slice(2));
const report = await check(options);
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
process.exitCode = report.problems.length === 0 ? 0 : 1;

function read(argv) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        nodes: { type: "string", default: "" },
        screenshot: { type: "string" },
        detail: { type: "string" },
        scheme: { type: "string", default: "dark" },
        viewport: { type: "string", default: "1280x800" },
        timeout: { type: "string", default: "30" },
        linger: { type: "string", default: "0" },
      },
    });
    const [width, height] = values.viewport.split("x").map(Number);
    if (positionals.length !== 1 || !(width > 0 && height > 0) || !(Number(values.timeout) > 0)) throw new Error("one URL, WIDTHxHEIGHT and a time above zero are needed");
    return { ...values, url: positionals[0], width, height, timeoutMs: Number(values.timeout) * 1000, lingerMs: Number(values.linger) * 1000, expected: values.nodes.split(",").filter(Boolean) };
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}\n`);
    process.exit(2);
  }
}

async function check({ url, expected, width, height, scheme, timeoutMs, lingerMs, detail, screenshot }) {
  const problems = [];
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // As root, as in a container build, Chromium refuses its own sandbox.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme: scheme });
    await complain(page, problems);
    await page.goto(url, { timeout: timeoutMs });
    const live = await settle(page, waitForLive, expected, timeoutMs, problems, "no live figures for every expected node");
    const first = await page.evaluate(figures);
    const changed = live && await settle(page, waitForChange, JSON.stringify(first.nodes), timeoutMs, problems, "no second update changed a figure");
    if (detail) await openDetail(page, detail, timeoutMs, problems);
    if (lingerMs > 0) await page.waitForTimeout(lingerMs);
    const last = await page.evaluate(figures);
    if (screenshot) await page.screenshot({ path: screenshot });
    return { url, ...last, changed, problems };
  } catch (error) {
    return { url, problems: [...problems, error.message] };
  } finally {
    await browser.close();
  }
}

// Every complaint of the browser counts: scripts, console, content security policy, requests.
async function complain(page, problems) {
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  page.on("response", (response) => response.status() >= 400 && problems.push(`http ${response.status()}: ${response.url()}`));
  await page.exposeFunction("reportViolation", (text) => problems.push(`policy: ${text}`));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => globalThis.reportViolation(`${event.violatedDirective} refused ${event.blockedURI}`)));
}

async function settle(page, condition, argument, timeout, problems, complaint) {
  try {
    await page.waitForFunction(condition, argument, { timeout, polling: 100 });
    return true;
  } catch {
    problems.push(complaint);
    return false;
  }
}

async function openDetail(page, name, timeout, problems) {
  await page.locator(`[data-node="${quote(name)}"] button`).click();
  await settle(page, () => document.querySelectorAll("#node-detail tbody tr").length > 0, null, timeout, problems, `no readings in the details of ${name}`);
}

function quote(text) {
  return text.replace(/["\\]/g, "\\$&");
}

// The three functions below run in the page and see nothing of this file.

function waitForLive(expected) {
  const number = (element) => Number.parseFloat(element?.textContent ?? "");
  return document.body.dataset.link === "live"
    && number(document.querySelector("#fleet-watts")) > 0
    && expected.every((name) => number(document.querySelector(`[data-node="${CSS.escape(name)}"] [data-field="watts"]`)) > 0);
}

function waitForChange(before) {
  const nodes = {};
  for (const row of document.querySelectorAll("[data-node]")) nodes[row.dataset.node] = row.querySelector('[data-field="watts"]').textContent;
  const old = JSON.parse(before);
  return Object.keys(old).some((name) => nodes[name] !== old[name].watts);
}

function figures() {
  const text = (selector, root = document) => {
    const element = root.querySelector(selector);
    return element === null || element.hidden ? null : element.textContent.trim();
  };
  const fields = ["watts", "uncertainty", "quality", "source", "temperature", "cpu", "throttled", "energy", "state", "last-seen", "replay"];
  const nodes = {};
  for (const row of document.querySelectorAll("[data-node]")) {
    nodes[row.dataset.node] = Object.fromEntries(fields.map((field) => [field, text(`[data-field="${field}"]`, row)]));
  }
  return {
    link: document.body.dataset.link,
    fleet: {
      watts: text("#fleet-watts"), budget: text("#fleet-budget"), state: text("#fleet-state"),
      headroom: text("#fleet-headroom"), uncertainty: text("#fleet-uncertainty"), energy: text("#fleet-energy"),
    },
    chart: text("#power-chart-summary"),
    empty: text("#empty-title") !== null && !document.querySelector("#empty").hidden,
    nodes,
  };
}
