"""Two aggregators and one lease: kill -9 the leader while the fleet wants twice its budget; time to takeover, epochs, and what was truly drawn."""
import base64
import json
import os
import struct
import time
import zlib

import drawing
import shipped
from api import until
from fleet import MACHINES, Fleet
from nodes import Nodes

LEASE = "/apis/coordination.k8s.io/v1/namespaces/homelab/leases/homelab-leader"
MEMORY = "power.homelab/control-memory"
BUDGET = 100
KILLS = 2
# The lease is 15 s old when another may take it, looks are 2 s apart; then the agents find the new leader.
MOST_TAKEOVER, MOST_HELD = 20, 30


def run(bench, checks):
    cluster = bench.cluster(scheduler=False)
    shipped.install(cluster, shipped.with_replicas(bench.packaging, os.path.join(bench.folder, "high-availability")))
    for name, (_, architecture) in MACHINES.items():
        Nodes(cluster.admin).create(name, architecture)
    with Fleet(bench) as fleet:
        pair = Pair(bench, checks, cluster, fleet)
        pair.begin()
        for i in range(KILLS):
            pair.kill(i)
        pair.hand_over()
        pair.judge(bench)


class Pair:
    def __init__(self, bench, checks, cluster, fleet):
        self.checks, self.cluster, self.fleet = checks, cluster, fleet
        settings = {"budget": {"watts": BUDGET, "mode": "cap", "strictness": "hard", "unmanaged": 8}, "intervals": {"report": "500ms"},
                    "kubernetes": {**shipped.settings(cluster), "leaderElection": {"enabled": True, "namespace": "homelab", "name": "homelab-leader"}}}
        self.both = [fleet.aggregator(name, settings) for name in ("one", "two")]
        self.marks, self.takeovers = [], []
        self.begun = self.end = 0

    def leader(self):
        return next((each for each in self.both if each.process.runs and each.status("/leadz") == 200), None)

    def other(self, one):
        return next(each for each in self.both if each is not one)

    def lease(self):
        return self.cluster.admin.get(LEASE).must()

    def epoch(self):
        """Of the grants, as the leader left it to the next one in the lease."""
        text = self.lease()["metadata"].get("annotations", {}).get(MEMORY)
        return struct.unpack_from("<Q", zlib.decompress(base64.b64decode(text), -15), 20)[0] if text else 0

    def begin(self):
        checks = self.checks
        for each in self.both:
            each.start()
        leader, seconds = until(self.leader, 30)
        checks.that("one of two leads", leader, f"{leader.name}, after {seconds:.1f} s" if leader else "none does")
        checks.equal("the other stands by, ready and not leading", (self.other(leader).status("/readyz"), self.other(leader).status("/leadz")), (200, 503))
        self.fleet.all(0.1)
        self.fleet.agents(*self.both)
        checks.note(f"eight agents that know both are held after {self.fleet.held(leader):.1f} s; the lease's epoch is {self.epoch():#x}")
        # Half of the fleet works as hard as it can; it is far above the budget's share for it.
        self.fleet.demand(nuc_1=1, um890=1, rk1_1=1, pi_1=1)
        time.sleep(6)
        self.begun = time.monotonic()
        time.sleep(6)

    def kill(self, i):
        checks, leader = self.checks, self.leader()
        before, term = self.epoch(), self.lease()["spec"]
        at = time.monotonic()
        leader.process.kill()
        self.marks.append((at, f"kill -9 {leader.name}"))
        heir = self.other(leader)
        # In the moment of the kill the other half of the fleet wakes up: nobody is there to say how much it may draw.
        self.swap(i)
        taken, _ = until(lambda: heir.status("/leadz") == 200, 60, 0.05)
        takeover = time.monotonic() - at
        self.marks.append((time.monotonic(), f"{heir.name} leads"))
        self.fleet.held(heir)
        held = time.monotonic() - at
        self.marks.append((time.monotonic(), "all held"))
        self.takeovers.append((takeover, held))
        checks.that(f"kill {i + 1}: {heir.name} leads", taken and takeover <= MOST_TAKEOVER, f"after {takeover:.1f} s")
        checks.that("and holds all eight nodes under live leases", held <= MOST_HELD, f"after {held:.1f} s")
        after, _ = until(lambda: self.epoch() if self.epoch() != before else 0, 20)
        now = self.lease()["spec"]
        checks.that("the lease counts one transition more", now["leaseTransitions"] == term.get("leaseTransitions", 0) + 1, f"{term.get('leaseTransitions', 0)} to {now['leaseTransitions']}")
        checks.that("and grants are of a newer epoch", after > before, f"{before:#x} to {after:#x}")
        leader.start()
        time.sleep(5)
        checks.equal("started anew, the killed one stands by", (leader.status("/readyz"), leader.status("/leadz"), heir.status("/leadz")), (200, 503, 200))
        time.sleep(5)

    def swap(self, i):
        first, second = ({"nuc_1": 1, "um890": 1, "rk1_1": 1, "pi_1": 1}, {"nuc_2": 1, "rk1_2": 1, "rk1_3": 1, "pi_2": 1})
        busy, idle = (second, first) if i % 2 == 0 else (first, second)
        self.fleet.demand(**busy)
        time.sleep(1)
        self.fleet.demand(**{name: 0.1 for name in idle})

    def hand_over(self):
        leader = self.leader()
        heir = self.other(leader)
        at = time.monotonic()
        leader.process.stop()
        self.marks.append((at, f"stop {leader.name}"))
        taken, _ = until(lambda: heir.status("/leadz") == 200, 60, 0.05)
        takeover = time.monotonic() - at
        self.fleet.held(heir)
        self.marks.append((time.monotonic(), "all held"))
        self.checks.that("a leader that is stopped kindly hands the lease over at once", taken and takeover < 8, f"after {takeover:.1f} s, all held after {time.monotonic() - at:.1f} s")
        time.sleep(8)
        self.end = time.monotonic()

    def judge(self, bench):
        checks = self.checks
        moments = self.fleet.moments(self.begun, self.end)
        watts = [(at, sum(rows.values())) for at, rows in moments]
        limits = [(at, sum(rows.values())) for at, rows in self.fleet.moments(self.begun, self.end, column=3)]
        wanted = [sum(rows.values()) for _, rows in self.fleet.moments(self.begun, self.end, column=4)]
        highest, most_limit = max(watts, key=lambda each: each[1]), max(limits, key=lambda each: each[1])
        above = [at for at, total in watts if total > BUDGET]
        checks.that("the fleet wants more than its budget all the time", min(wanted) > 60 and max(wanted) > BUDGET, f"{min(wanted):.0f} to {max(wanted):.0f} W")
        checks.that(f"true watts are never above {BUDGET} W, before, during and after", not above and len(watts) > 100,
                    f"at most {highest[1]:.1f} W {highest[0] - self.begun:.1f} s into {self.end - self.begun:.0f} s" + (f", {len(above)} of {len(watts)} moments above" if above else ""))
        checks.that("nor could they have been: what all limits in force allow is below it too", most_limit[1] <= BUDGET, f"at most {most_limit[1]:.1f} W {most_limit[0] - self.begun:.1f} s in")
        phases = self.phases(watts)
        for name, (mean, top) in phases.items():
            checks.note(f"{name}: {mean:.1f} W on average, {top:.1f} W at most")
        takeovers = sorted(takeover for takeover, _ in self.takeovers)
        figure = {"budgetWatts": BUDGET, "takeoverSeconds": [round(each, 2) for each in takeovers], "allHeldSeconds": sorted(round(held, 2) for _, held in self.takeovers),
                  "highestWatts": round(highest[1], 2), "highestLimitWatts": round(most_limit[1], 2), "seconds": round(self.end - self.begun, 1), "momentsAboveBudget": len(above),
                  "phases": {name: {"meanWatts": round(mean, 2), "mostWatts": round(top, 2)} for name, (mean, top) in phases.items()},
                  "marks": [{"second": round(at - self.begun, 2), "what": what} for at, what in self.marks]}
        with open(os.path.join(bench.folder, "figure.json"), "w") as file:
            json.dump(figure, file, indent=1)
        drawing.write(os.path.join(bench.folder, "figure.svg"), f"Two aggregators, the leader killed {len(self.takeovers)} times, then stopped: true watts of eight nodes under {BUDGET} W",
                      BUDGET, self.begun, self.end, {"what all limits in force allow": limits, "true watts": watts}, self.marks)
        checks.note(f"figure: out/cluster-bench/{bench.name}/figure.svg and figure.json; takeover {takeovers[0]:.1f} to {takeovers[-1]:.1f} s")

    def phases(self, watts):
        """Mean and highest true watts while somebody led, and while nobody did."""
        gaps, begin = [], None
        for at, what in self.marks:
            if what.startswith(("kill", "stop")):
                begin = at
            elif what == "all held" and begin is not None:
                gaps.append((begin, at))
                begin = None
        during = [total for at, total in watts if any(start <= at <= end for start, end in gaps)]
        before = [total for at, total in watts if at < gaps[0][0]]
        after = [total for at, total in watts if at > gaps[-1][1]]
        return {name: (sum(found) / len(found), max(found)) for name, found in (("before", before), ("while nobody leads", during), ("after", after)) if found}
