"""The published programs on recorded hosts tell a real API server, and the real scheduler binds pods by it: from the first label to the last removed one."""
import json
import time

import lifecycle
import shipped
from api import until
from chronicle import Chronicle, annotations, conditions, labels, taints
from fleet import MACHINES, Fleet
from nodes import Nodes
from pods import Pods, expression, preferred, required, tolerate

# All dwell times are a tenth of the documented ones, by kubernetes.pace: a bench cannot wait five minutes for every removal.
PACE = 0.1
ENTER, LEAVE, SPACING = 30 * PACE, 300 * PACE, 60 * PACE
# Rounds of the aggregator, reports of agents, and a machine that others use too.
SLACK = 6
# None of these machines can tell what feeds it: there is no supply label.
NINE = {"state", "thermal", "headroom", "class", "efficiency", "metering", "actuator", "cap", "board"}
UNCAPPED = ("um890", "pi-1", "pi-2")
STATE, HEADROOM, WATTS = "power.homelab/state", "power.homelab/headroom", "power.homelab/watts"
ARMS = [name for name, (_, architecture) in MACHINES.items() if architecture == "arm64"]
EXPECTED = {
    "nuc-1": {"state": "ok", "thermal": "nominal", "class": "mini", "metering": "measured", "actuator": "rapl", "cap": "hard"},
    "rk1-1": {"state": "ok", "thermal": "nominal", "class": "sbc", "actuator": "freq", "cap": "hard"},
    "um890": {"state": "ok", "thermal": "nominal", "cap": "none"},
    "pi-2": {"state": "ok", "thermal": "nominal", "class": "sbc", "cap": "none"}}


class Stage:
    """What the parts of the scenario share."""

    def __init__(self, bench, checks, cluster, fleet, chronicle):
        self.checks, self.cluster, self.fleet, self.chronicle = checks, cluster, fleet, chronicle
        self.nodes, self.pods = Nodes(cluster.admin), Pods(cluster.admin)
        self.aggregator = fleet.aggregator("aggregator", {
            "budget": {"watts": 200, "mode": "cap", "strictness": "hard", "unmanaged": 8}, "intervals": {"report": "500ms"}, "kubernetes": shipped.settings(cluster, pace=PACE, watts=True)})
        self.begun = time.monotonic()
        self.spacing = SPACING

    def writes(self, since=0.0):
        """What the aggregator's account wrote since a moment of time.time()."""
        found = self.cluster.audit(shipped.ACCOUNT)
        return [entry for entry in found if lifecycle.moment(entry) >= since]

    def bound(self, claim, names, allowed):
        found = self.pods.bound(*names)
        self.checks.that(claim, bool(found) and all(node in allowed for node in found), ", ".join(map(str, found)))

    def within(self, claim, seconds, least, most):
        figures = "it did not come" if seconds is None else f"after {seconds:.1f} s; {least:.0f} to {most:.0f} s expected at a pace of {PACE}"
        return self.checks.that(claim, seconds is not None and least - 1 <= seconds <= most, figures)


def run(bench, checks):
    cluster = bench.cluster()
    shipped.install(cluster, f"{bench.packaging}/kustomize/base")
    checks.note(f"dwell times are {PACE} of the documented ones (kubernetes.pace): enter {ENTER:g} s, leave {LEAVE:g} s, {SPACING:g} s of rest per patch")
    nodes = Nodes(cluster.admin)
    for name, (_, architecture) in MACHINES.items():
        nodes.create(name, architecture)
    nodes.label("pi-2", **{"example.com/rack": "b", "power.homelab/note": "theirs"})
    nodes.taint("pi-2", "example.com/quiet:PreferNoSchedule")
    with Fleet(bench) as fleet, Chronicle(cluster.admin) as chronicle:
        stage = Stage(bench, checks, cluster, fleet, chronicle)
        fleet.all(0.1)
        # Only what it has drawn tells how large a machine is that is not capped.
        fleet.demand(um890=0.6)
        checks.note(f"aggregator ready after {stage.aggregator.start():.1f} s")
        fleet.agents(stage.aggregator, observe=UNCAPPED)
        with lifecycle.Causes(stage.aggregator) as stage.causes:
            play(stage)
        with open(f"{bench.folder}/changes.txt", "w") as file:
            file.writelines(f"{change.at - stage.begun:8.2f} {change}\n" for change in chronicle.changes)
        # A patch of taints tests what it saw: where somebody was faster its test fails, and it is made anew from what is there.
        refused, raced = lifecycle.refusals(stage)
        checks.that("nothing that the aggregator asked for was refused", not refused, "; ".join(refused[:3]) or f"{len(stage.writes())} writes, {raced} made anew because the node had changed")


def play(stage):
    for part in (appearing, placing, lifecycle.preview, lifecycle.steady, admitting, heating, budgeting, lifecycle.restarting, recovering, lifecycle.counting, lifecycle.cleaning):
        try:
            part(stage)
        finally:
            stage.pods.clear()


def appearing(stage):
    checks, chronicle = stage.checks, stage.chronicle
    seconds = chronicle.wait(lambda: all("state" in labels(node) for node in chronicle.nodes.values()), 60)
    stage.within("all eight nodes have labels", seconds, ENTER, ENTER + SPACING + 2 * SLACK)
    chronicle.wait(lambda: all(labels(node).keys() >= NINE for node in chronicle.nodes.values()), 3 * SPACING + LEAVE)
    lacking = {name: sorted(NINE - labels(node).keys()) for name, node in chronicle.nodes.items() if NINE - labels(node).keys()}
    checks.that("each has all nine", not lacking, json.dumps(lacking) if lacking else f"after {time.monotonic() - stage.begun:.1f} s")
    checks.that("none says what feeds it, since none can tell", all("supply" not in labels(node) for node in chronicle.nodes.values()))
    for name, expected in EXPECTED.items():
        found = labels(chronicle[name])
        wrong = {key: found.get(key) for key, value in expected.items() if found.get(key) != value}
        checks.that(f"{name} says what it is", not wrong, json.dumps(wrong or found))
    grades = sorted(labels(node).get("efficiency", "") for node in chronicle.nodes.values())
    checks.that("the fleet is graded a, b and c", set(grades) == {"a", "b", "c"}, "".join(grades))
    figures = annotations(chronicle["nuc-1"])
    needed = {"watts", "watts-cap", "watts-source", "reason", "updated-at"}
    checks.that("figures are in annotations", needed <= figures.keys(), json.dumps(figures))
    stage.fleet.demand(um890=0.1)
    checks.equal("nothing is tainted", [name for name, node in chronicle.nodes.items() if taints(node)], [])


def placing(stage):
    """With real labels: by architecture, headroom and watts."""
    checks, pods, chronicle = stage.checks, stage.pods, stage.chronicle
    stage.bound("light work prefers ARM", pods.several("light", 4, affinity=preferred((50, expression("kubernetes.io/arch", "In", "arm64")))), ARMS)
    roomy = [name for name, node in chronicle.nodes.items() if labels(node).get("headroom") == "high"]
    stage.bound(f"headroom high is required: only {', '.join(roomy)}", pods.several("room", 4, affinity=required(expression(HEADROOM, "In", "high"))), roomy)
    efficient = [name for name, node in chronicle.nodes.items() if labels(node).get("efficiency") == "a"]
    stage.bound(f"efficiency a is preferred: {', '.join(efficient)}", pods.several("green", 3, affinity=preferred((100, expression("power.homelab/efficiency", "In", "a")))), efficient)


def admitting(stage):
    """The extended resource: the share that is a node's for good, and what the scheduler makes of it."""
    checks, pods = stage.checks, stage.pods
    shares = {name: int(node["status"]["allocatable"].get(WATTS, 0)) for name, node in ((name, stage.nodes.get(name)) for name in MACHINES)}
    safe = {name: int(node["control"]["safeShareWatts"] or 0) for name, node in stage.aggregator.nodes().items()}
    checks.that("each node advertises its static safe share in whole watts", shares == safe and any(shares.values()), f"advertised {json.dumps(shares)}, safe {json.dumps(safe)}")
    most = max(shares.values())
    fitting = [name for name, share in shares.items() if share == most]
    stage.bound(f"pods that ask for {most} W go where there are {most}", pods.several("watts", len(fitting), resources={WATTS: str(most)}), fitting)
    late = pods.create("late", resources={WATTS: str(most)})
    checks.that("one more is not admitted: power is a resource", f"Insufficient {WATTS}" in pods.refused(late), pods.refused(late))
    stage.nodes.reset_extended("nuc-1")
    seconds, _ = until(lambda: stage.nodes.get("nuc-1")["status"]["capacity"].get(WATTS) == str(shares["nuc-1"]), 3 * SPACING + SLACK)
    checks.that("a share that a kubelet dropped at its start is advertised again", bool(seconds), f"{shares['nuc-1']} W")


def heating(stage):
    """rk1-3 gets rid of least heat: under full load its kernel slows it. pi-1 has a bad supply."""
    checks, chronicle, fleet = stage.checks, stage.chronicle, stage.fleet
    fleet.demand(rk1_3=1)
    begun = time.monotonic()
    slowed, _ = until(lambda: "thermal" in stage.aggregator.nodes()["rk1-3"]["throttled"], 90)
    at = time.monotonic()
    checks.that("rk1-3 under full load is slowed by its own kernel", slowed, f"after {at - begun:.0f} s of load")
    most = ENTER + 3 * SPACING + SLACK
    # Three times within a minute counts as well, so there is no least time.
    seconds = chronicle.wait(lambda: labels(chronicle["rk1-3"])["thermal"] == "throttling" and "throttling" in taints(chronicle["rk1-3"]), most + 10)
    stage.within("rk1-3 is labelled thermal=throttling and tainted", seconds, 0, most)
    checks.equal("softly", taints(chronicle["rk1-3"]), {"throttling": "PreferNoSchedule"})
    until(lambda: conditions(chronicle["rk1-3"]).get("ThermalThrottling") == "True", SLACK)
    checks.equal("with the condition ThermalThrottling", conditions(chronicle["rk1-3"]).get("ThermalThrottling"), "True")
    checks.that("its state is no longer ok", labels(chronicle["rk1-3"])["state"] in ("elevated", "critical"), labels(chronicle["rk1-3"])["state"])
    fleet.supply_sags("pi-1")
    seconds = chronicle.wait(lambda: labels(chronicle["pi-1"])["state"] == "critical" and "throttling" in taints(chronicle["pi-1"]), most + 10)
    stage.within("pi-1, whose supply sags, is critical and tainted", seconds, ENTER, most)
    until(lambda: conditions(chronicle["pi-1"]).get("UnderVoltage") == "True", SLACK)
    checks.equal("with the condition UnderVoltage", conditions(chronicle["pi-1"]).get("UnderVoltage"), "True")
    lifecycle.event(stage, "an event tells of it", "pi-1", "UnderVoltageDetected", "Warning")
    arm = expression("kubernetes.io/arch", "In", "arm64")
    stage.bound("pods that require NotIn critical are not bound to pi-1", stage.pods.several("safe", 5, affinity=required(arm, expression(STATE, "NotIn", "critical"))), set(ARMS) - {"pi-1"})
    stage.bound("pods that know nothing of us avoid both", stage.pods.several("plain", 6), set(MACHINES) - {"pi-1", "rk1-3", "pi-2"})
    there = required(expression("kubernetes.io/hostname", "In", "pi-1"))
    stage.bound("a soft taint keeps nobody out who has to be there", [stage.pods.create("there", there, [tolerate("power.homelab/throttling")])], ["pi-1"])


def budgeting(stage):
    """The UM890 cannot be held; under its load the budget is lowered until the others' caps do not make up for it."""
    checks, chronicle = stage.checks, stage.chronicle
    stage.fleet.demand(um890=1, nuc_1=0.8, nuc_2=0.8)
    time.sleep(3)
    code, said = stage.aggregator.homelab("budget", "set", "60", "--for", "1h")
    checks.that("the budget is lowered to 60 W", code == 0, said)
    biting = lambda: {name for name, node in stage.aggregator.nodes().items() if node["control"]["isBiting"]}
    tainted = lambda: {name for name, node in chronicle.nodes.items() if "over-budget" in taints(node)}
    seconds = chronicle.wait(lambda: tainted(), ENTER + 3 * SPACING + SLACK)
    stage.within("nodes that are to shed are tainted over-budget", seconds, ENTER, ENTER + 2 * SPACING + SLACK)
    chronicle.wait(lambda: False, 3 * SPACING)
    control = stage.aggregator.get()["control"]["groups"][0]
    checks.that("the fleet is over its budget", control["measuredWatts"] > control["limitWatts"], f"{control['measuredWatts']:.0f} W of {control['limitWatts']:.0f} W")
    checks.that("only those are, whose caps bite", bool(tainted()) and tainted() <= biting(), f"{', '.join(sorted(tainted()))} of {', '.join(sorted(biting()))}")
    guard(stage)
    exceeded = {name for name, node in chronicle.nodes.items() if conditions(node).get("PowerBudgetExceeded") == "True"}
    checks.that("the condition PowerBudgetExceeded stands on all that shed", exceeded == biting(), ", ".join(sorted(exceeded)))
    lifecycle.event(stage, "an event tells of the fleet", None, "FleetOverBudget", "Warning")
    clear = {name for name, node in chronicle.nodes.items() if not taints(node)} - {"pi-2"}
    stage.bound("new pods go to nodes without a taint", stage.pods.several("late", 5), clear)


def guard(stage):
    """Taints are for choosing between nodes: never too many of them."""
    tainted = {name for name, node in stage.chronicle.nodes.items() if taints(node)}
    stage.checks.that("never more than half of the nodes are tainted", len(tainted) <= len(MACHINES) // 2, f"{len(tainted)} of {len(MACHINES)}: {', '.join(sorted(tainted))}")
    for architecture in ("amd64", "arm64"):
        of = {name for name, (_, own) in MACHINES.items() if own == architecture}
        stage.checks.that(f"nor all of {architecture}", not of <= tainted, f"{len(of & tainted)} of {len(of)}")


def recovering(stage):
    checks, chronicle = stage.checks, stage.chronicle
    code, said = stage.aggregator.homelab("budget", "clear")
    checks.that("the budget is what it was", code == 0, said)
    stage.fleet.supply_sags("pi-1", False)
    stage.fleet.all(0.1)
    begun, most = time.monotonic(), LEAVE + 3 * SPACING + SLACK
    clean = lambda: not any(taints(node) for node in chronicle.nodes.values()) and not any("True" in conditions(node).values() for node in chronicle.nodes.values())
    checks.that("all taints and conditions go", chronicle.wait(clean, most + 30) is not None, f"after {time.monotonic() - begun:.1f} s")
    gone = [change for change in chronicle.since(begun - 60) if change.kind in ("taint", "condition") and change.is_removal]
    for name in ("over-budget", "throttling", "PowerBudgetExceeded", "ThermalThrottling", "UnderVoltage"):
        ended = {change.node: stage.causes.ended(change) for change in gone if change.name == name}
        times = {change.node: round(change.at - ended[change.node], 1) for change in gone if change.name == name and ended[change.node] is not None}
        checks.that(f"{name} goes {LEAVE:g} to {most:g} s after its cause", bool(times) and all(LEAVE - 1.5 <= each <= most for each in times.values()), json.dumps(times))
    settled = lambda: all(labels(node)["state"] == "ok" and labels(node)["thermal"] == "nominal" for node in chronicle.nodes.values())
    seconds = chronicle.wait(settled, 2 * LEAVE)
    checks.that("all nodes are ok and nominal again", seconds is not None, json.dumps({name: labels(node)["state"] for name, node in chronicle.nodes.items()}))
