// What the page has seen of the last five minutes: a ring of samples on the page's own steady clock.

import { isCounted } from "./format.js";

export const WINDOW_SECONDS = 300;
const CLOSEST_MS = 450;
const GAP_MS = 5000;

export class History {
  #samples = [];

  /** Adds the fleet's watts at `now` (ms). Updates closer together than half a second replace each other. */
  add(now, fleet) {
    const last = this.#samples.at(-1);
    if (last && now - last.at < CLOSEST_MS) this.#samples.pop();
    const watts = new Map(fleet.nodes.map((node) => [node.name, isCounted(node) ? node.power.watts : null]));
    this.#samples.push({ at: last && now - last.at < CLOSEST_MS ? last.at : now, watts, total: fleet.power?.watts ?? null });
    this.#forget(now);
  }

  /** Samples in runs without holes: where the page was hidden or the aggregator away, the chart shows nothing. */
  runs(now) {
    this.#forget(now);
    const runs = [];
    for (const sample of this.#samples) {
      const run = runs.at(-1);
      if (run && sample.at - run.at(-1).at <= GAP_MS) run.push(sample);
      else runs.push([sample]);
    }
    return runs;
  }

  /** The sample nearest before now, and before each step back from it; null where there is none. */
  rows(now, stepSeconds) {
    return Array.from({ length: WINDOW_SECONDS / stepSeconds + 1 }, (_, i) => {
      const until = now - i * stepSeconds * 1000;
      const sample = this.#samples.findLast((candidate) => candidate.at <= until);
      return { secondsAgo: i * stepSeconds, sample: sample && until - sample.at < GAP_MS ? sample : null };
    });
  }

  /** Lowest, highest and mean total, and seconds above a budget; null before the first figure. */
  summary(now, budget) {
    let low = Infinity, high = -Infinity, area = 0, seconds = 0, over = 0, latest = null;
    for (const run of this.runs(now)) {
      run.forEach((sample, i) => {
        if (sample.total === null) return;
        const lasts = (i + 1 < run.length ? run[i + 1].at - sample.at : 1000) / 1000;
        low = Math.min(low, sample.total);
        high = Math.max(high, sample.total);
        area += sample.total * lasts;
        seconds += lasts;
        if (budget !== null && sample.total > budget) over += lasts;
        latest = sample;
      });
    }
    return latest === null ? null : { low, high, mean: area / seconds, over, latest, seconds };
  }

  #forget(now) {
    const oldest = now - WINDOW_SECONDS * 1000 - GAP_MS;
    while (this.#samples.length > 0 && this.#samples[0].at < oldest) this.#samples.shift();
  }
}
