// The connection to the aggregator: one GET, then server-sent events. It knows times and states, no elements.

const SILENCE_MS = 6000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10000;

/**
 * Follows the fleet until the page goes away.
 * onFleet(fleet) on each figure; onLink(state) with connecting, live, stale or paused on each change.
 */
export function followFleet({ onFleet, onLink }) {
  let events = null;
  let timer = 0;
  let silence = 0;
  let wait = FIRST_WAIT_MS;
  let attempt = 0;

  const disconnect = () => {
    attempt++;
    events?.close();
    events = null;
    clearTimeout(timer);
    clearTimeout(silence);
  };

  const arrived = (fleet) => {
    clearTimeout(silence);
    silence = setTimeout(lost, SILENCE_MS);
    wait = FIRST_WAIT_MS;
    onFleet(fleet);
    onLink("live");
  };

  // Also when the connection stands but nothing comes: figures that do not move are not live.
  const lost = () => {
    disconnect();
    onLink("stale");
    timer = setTimeout(connect, wait * (0.75 + 0.5 * Math.random()));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };

  const connect = async () => {
    disconnect();
    const mine = attempt;
    try {
      const fleet = await fetchJson("api/v1/fleet");
      if (mine !== attempt) return;
      if (!Array.isArray(fleet?.nodes)) throw new Error("not a fleet");
      arrived(fleet);
    } catch {
      if (mine === attempt) lost();
      return;
    }
    events = new EventSource("api/v1/events");
    events.addEventListener("fleet", (event) => {
      const fleet = parse(event.data);
      if (fleet !== null) arrived(fleet);
    });
    events.onerror = lost;
  };

  const followVisibility = () => {
    if (document.hidden) {
      disconnect();
      onLink("paused");
    } else {
      onLink("connecting");
      connect();
    }
  };

  document.addEventListener("visibilitychange", followVisibility);
  // A page kept by the browser's back button returns without a visibility change.
  addEventListener("pageshow", (event) => event.persisted && followVisibility());
  addEventListener("online", () => !document.hidden && connect());
  followVisibility();
}

/** GET as JSON; any other answer than 200 is an error with the server's own words. */
export async function fetchJson(url) {
  const response = await fetch(url, { headers: { Accept: "application/json" }, cache: "no-store", signal: AbortSignal.timeout(SILENCE_MS) });
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Error(problem.detail ?? problem.title ?? `HTTP ${response.status}`);
  }
  return response.json();
}

function parse(text) {
  try {
    const fleet = JSON.parse(text);
    return Array.isArray(fleet?.nodes) ? fleet : null;
  } catch {
    return null;
  }
}
