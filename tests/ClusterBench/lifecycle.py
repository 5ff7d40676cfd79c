"""Parts of the fleet's scenario that are about the aggregator's own life: steady state, a kill, how much it wrote, what it leaves behind."""
import datetime
import json
import threading
import time

from api import until
from chronicle import annotations, conditions, labels, taints

PREFIX = "power.homelab/"
STEADY = 60


class Causes:
    """When each reason for a taint or condition last held, by the aggregator's own account of the fleet. Use it in a `with`."""

    def __init__(self, aggregator):
        self._aggregator = aggregator
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.last = {}
        self.restarted = 0.0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)

    def ended(self, change):
        """When what this change takes away was last true; None where that was never seen."""
        reasons = {"over-budget": ["over"], "PowerBudgetExceeded": ["over"], "throttling": ["thermal", "under_voltage"], "ThermalThrottling": ["thermal"], "UnderVoltage": ["under_voltage"]}
        times = [self.last[change.node, reason] for reason in reasons[change.name] if (change.node, reason) in self.last]
        # Whoever starts anew waits the whole time again before it removes: it knows no more than what the node says.
        return max([*times, self.restarted]) if times else None

    def _work(self):
        while not self._stop.wait(0.2):
            try:
                fleet, at = self._aggregator.get(), time.monotonic()
            except (OSError, ValueError):
                continue  # it is dead on purpose
            group = (fleet.get("control") or {"groups": [{"measuredWatts": 0, "limitWatts": 0}]})["groups"][0]
            for node in fleet["nodes"]:
                found = list(node["throttled"]) + (["over"] if group["measuredWatts"] > group["limitWatts"] and (node.get("control") or {}).get("isBiting") else [])
                self.last.update({(node["name"], reason): at for reason in found})


def moment(entry):
    """When the server received it, as time.time() counts."""
    return datetime.datetime.strptime(entry["requestReceivedTimestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc).timestamp()


def refusals(stage):
    """Requests that the server refused, without patches whose own test failed: (others, those)."""
    failed = [entry for entry in stage.writes() if entry["responseStatus"]["code"] >= 400]
    tests = [entry for entry in failed if entry["responseStatus"]["code"] == 422 and "test" in [step.get("op") for step in entry.get("requestObject") or [] if isinstance(step, dict)]]
    return [f"{entry['verb']} {entry['requestURI']}: {entry['responseStatus']['code']}" for entry in failed if entry not in tests], len(tests)


def event(stage, claim, node, reason, kind):
    """Events of ours about this node; about the fleet where node is None. reportingComponent says whose they are."""
    def found():
        return [each for each in stage.cluster.admin.items("/api/v1/events") if each["reason"] == reason and node in (None, each["involvedObject"]["name"])]
    until(found, 15)
    seen = found()
    stage.checks.that(claim, bool(seen) and all(each["type"] == kind for each in seen),
                      "; ".join(f"{each['metadata']['namespace']}: {each['involvedObject']['name']} {each['reason']} x{each.get('count')}: {each['message']}" for each in seen[:2]))


def settle(stage, quiet=3 * 6.0, timeout=120):
    """Waits until nothing was written for a while."""
    until(lambda: not stage.writes(time.time() - quiet), timeout, 1)


def preview(stage):
    before = len(stage.writes())
    code, said = stage.aggregator.homelab("k8s", "preview")
    stage.checks.that("homelab k8s preview prints", code == 0 and bool(said), " / ".join(said.splitlines())[:300])
    time.sleep(1)
    stage.checks.note(f"the aggregator wrote {len(stage.writes()) - before} times meanwhile")


def steady(stage):
    settle(stage)
    begun, at, reports = time.time(), time.monotonic(), sum(node.get("energyJoules") or 0 for node in stage.aggregator.nodes().values())
    time.sleep(STEADY)
    written = stage.writes(begun)
    flowed = sum(node.get("energyJoules") or 0 for node in stage.aggregator.nodes().values()) - reports
    # The agents of a busy machine read its replayed meters at uneven times: a figure that moves by a twentieth is written, by contract.
    figures = [entry for entry in written if entry["objectRef"]["resource"] == "nodes" and "subresource" not in entry["objectRef"]
               and not stage.chronicle.since(at, node=entry["objectRef"]["name"])]
    said = "; ".join(f"{entry['verb']} {entry['requestURI']}" for entry in written[:4]) or "0 by the server's audit"
    stage.checks.that(f"a steady fleet gets no writes: none in {STEADY} s, ten minutes at this pace, while {flowed:.0f} J flowed", len(written) == len(figures) <= 2 and flowed > 100,
                      said + (f"; {len(figures)} only of figures that had moved by 5 %" if figures else ""))


def restarting(stage):
    """kill -9 while nodes are tainted, hot and over budget; the load stays."""
    checks, chronicle = stage.checks, stage.chronicle
    before = {name: (labels(node), taints(node), conditions(node), annotations(node)) for name, node in chronicle.nodes.items()}
    begun = time.monotonic()
    stage.aggregator.process.kill()
    time.sleep(3)
    checks.that("while the aggregator is dead, nothing changes", not chronicle.since(begun), "; ".join(map(str, chronicle.since(begun)[:4])))
    since = time.time()
    checks.note(f"aggregator ready again after {stage.aggregator.start():.1f} s")
    stage.causes.restarted = time.monotonic()
    held = stage.fleet.held(stage.aggregator, count=5)
    time.sleep(25)
    removed = [change for change in chronicle.since(begun) if change.is_removal]
    checks.that("killed and started anew, it removes nothing in 25 s", not removed, "; ".join(map(str, removed[:4])) or f"nodes held again after {held:.1f} s")
    lost = {name: sorted(before[name][3].keys() - annotations(node).keys()) for name, node in chronicle.nodes.items() if before[name][3].keys() - annotations(node).keys()}
    checks.that("no annotation either", not lost, json.dumps(lost))
    written = stage.writes(since)
    checks.note(f"{len(written)} writes in the {time.time() - since:.0f} s after it: " + (", ".join(sorted({str(change) for change in chronicle.since(begun)})) or "figures only"))


def counting(stage):
    """One patch a node and minute, over the whole story: heat, a budget that falls and rises, a kill."""
    spacing, total = stage.spacing, time.monotonic() - stage.begun
    patches = [entry for entry in stage.writes() if entry["objectRef"]["resource"] == "nodes"]
    by_node = {}
    for entry in patches:
        by_node.setdefault(entry["objectRef"]["name"], []).append(moment(entry))
    worst = max(by_node, key=lambda name: len(by_node[name]))
    most = total / spacing + 3
    stage.checks.that("no node got more than one patch a minute of this pace", len(by_node[worst]) <= most,
                      f"{len(patches)} patches in {total:.0f} s ({total / spacing:.0f} such minutes), most on {worst}: {len(by_node[worst])}")
    crowded = {}
    for name, times in by_node.items():
        # k patches are followed by k minutes of rest: in any time that holds n minutes there are at most n + 3.
        for i, first in enumerate(times):
            within = [each for each in times[i:] if each - first < 10 * spacing]
            crowded[name] = max(crowded.get(name, 0), len(within))
    stage.checks.that("nor more than thirteen in any ten", max(crowded.values()) <= 13, json.dumps(crowded))
    kinds = {}
    for entry in patches:
        kinds[entry["objectRef"].get("subresource", "node")] = kinds.get(entry["objectRef"].get("subresource", "node"), 0) + 1
    events = [entry for entry in stage.writes() if entry["objectRef"]["resource"] == "events"]
    stage.checks.note(f"writes in all: {json.dumps(kinds)}, {len(events)} of events")


def cleaning(stage):
    checks, admin = stage.checks, stage.cluster.admin
    stage.aggregator.process.stop()
    code, said = stage.aggregator.homelab("k8s", "clean", "--dry-run", local=True)
    kept = [name for name in stage.chronicle.nodes if labels(stage.nodes.get(name))]
    checks.that("homelab k8s clean --dry-run says what would go and touches nothing", code == 0 and len(kept) == len(stage.chronicle.nodes), f"{len(said.splitlines())} lines, first: {said.splitlines()[0][:80]}")
    code, said = stage.aggregator.homelab("k8s", "clean", local=True)
    checks.that("homelab k8s clean runs as the shipped account", code == 0, f"{len(said.splitlines())} lines, last: {said.splitlines()[-1][:160]}")
    found = {node["metadata"]["name"]: node for node in admin.items("/api/v1/nodes")}
    left = {}
    for name, node in found.items():
        foreign = {"note"} if name == "pi-2" else set()
        ours = {*(labels(node).keys() - foreign), *annotations(node), *taints(node), *conditions(node)}
        if ours:
            left[name] = sorted(ours)
    checks.that("nothing of ours is left", not left, json.dumps(left))
    watts = {name: node["status"]["capacity"].get(PREFIX + "watts") for name, node in found.items() if node["status"]["capacity"].get(PREFIX + "watts") not in (None, "0")}
    checks.that("no watts are advertised", not watts, json.dumps(watts))
    pi = found["pi-2"]
    checks.equal("others' labels stay", {key: value for key, value in pi["metadata"]["labels"].items() if not key.startswith("kubernetes.io/")},
                 {"example.com/rack": "b", "power.homelab/note": "theirs"})
    checks.equal("others' taints stay", pi["spec"].get("taints"), [{"key": "example.com/quiet", "effect": "PreferNoSchedule"}])
    checks.that("the kubelet's conditions stay", all("Ready" in [each["type"] for each in node["status"]["conditions"]] for node in found.values()))
    managers = {each["manager"] for node in found.values() for each in node["metadata"].get("managedFields", []) if each["manager"] == "homelab-aggregator" and "f:power.homelab" in json.dumps(each)}
    checks.that("our field manager owns nothing under the prefix", not managers, ", ".join(managers))
