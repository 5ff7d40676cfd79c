"""The label contract itself, written by hand: where the stock scheduler puts pods by power.homelab labels, taints and watts."""
from api import until
from nodes import HollowKubelets, Nodes
from pods import Pods, expression, preferred, required, tolerate

STATE, HEADROOM, SUPPLY = "power.homelab/state", "power.homelab/headroom", "power.homelab/supply"
OVER_BUDGET, THROTTLING, WATTS = "power.homelab/over-budget", "power.homelab/throttling", "power.homelab/watts"
ARMS, MINIS = ["pi-1", "pi-2"], ["mini-1", "mini-2"]
# The two preferences that the documents recommend for work that can run anywhere and needs little.
NOT_CRITICAL = (100, expression(STATE, "NotIn", "critical"))
LIGHT = (50, expression("kubernetes.io/arch", "In", "arm64"))


def run(bench, checks):
    cluster = bench.cluster()
    nodes, pods = Nodes(cluster.admin), Pods(cluster.admin)
    for name in ARMS:
        nodes.create(name, "arm64", {"power.homelab/class": "sbc", STATE: "ok", HEADROOM: "high"})
    for name in MINIS:
        nodes.create(name, "amd64", {"power.homelab/class": "mini", STATE: "ok", HEADROOM: "high"})
    for part in (unlabelled, states, architectures, soft_taints, crowding, hard_taints, watts, readiness):
        part(cluster, nodes, pods, checks)
        pods.clear()
        for name in ARMS + MINIS:
            nodes.taint(name)
            nodes.label(name, **{STATE: "ok", HEADROOM: "high", SUPPLY: None})


def _only(checks, claim, found, allowed):
    checks.that(claim, bool(found) and all(node in allowed for node in found), ", ".join(str(node) for node in found))


def unlabelled(cluster, nodes, pods, checks):
    for name in ARMS + MINIS:
        nodes.label(name, **{STATE: None, HEADROOM: None})
    found = pods.bound(*pods.several("plain", 8))
    checks.that("where nothing is labelled, every node gets pods", set(found) == {*ARMS, *MINIS}, ", ".join(map(str, found)))
    found = pods.bound(*pods.several("careful", 4, affinity=required(expression(STATE, "NotIn", "critical"))))
    _only(checks, "NotIn critical holds for a node without the label: no telemetry, no outage", found, ARMS + MINIS)


def states(cluster, nodes, pods, checks):
    for name in ("pi-1", "mini-1"):
        nodes.label(name, **{STATE: "critical"})
    found = pods.bound(*pods.several("avoid", 6, affinity=preferred(NOT_CRITICAL)))
    _only(checks, "preferring NotIn critical, pods go elsewhere", found, ["pi-2", "mini-2"])
    for name in ARMS + MINIS:
        nodes.label(name, **{STATE: "critical"})
    _only(checks, "where all are critical, the preference keeps nobody out", pods.bound(pods.create("anyway", preferred(NOT_CRITICAL))), ARMS + MINIS)
    stuck = pods.create("strict", required(expression(STATE, "NotIn", "critical")))
    checks.that("the requirement does", "didn't match" in pods.refused(stuck), pods.refused(stuck))
    nodes.label("mini-2", **{STATE: "elevated"})
    checks.equal("and is bound as soon as one label says otherwise", pods.bound(stuck), ["mini-2"])
    nodes.label("pi-1", **{HEADROOM: "none"})
    nodes.label("pi-2", **{HEADROOM: "low"})
    nodes.label("mini-1", **{HEADROOM: "none"})
    _only(checks, "headroom is required by its words", pods.bound(*pods.several("room", 3, affinity=required(expression(HEADROOM, "In", "high")))), ["mini-2"])
    nodes.label("pi-1", **{SUPPLY: "battery"})
    _only(checks, "a node on battery is left out by NotIn", pods.bound(*pods.several("mains", 4, affinity=required(expression(SUPPLY, "NotIn", "battery")))), ["pi-2", *MINIS])


def architectures(cluster, nodes, pods, checks):
    light = preferred(LIGHT, NOT_CRITICAL)
    _only(checks, "light work prefers ARM", pods.bound(*pods.several("light", 4, affinity=light)), ARMS)
    nodes.label("pi-1", **{STATE: "critical"})
    _only(checks, "one ARM critical: the other", pods.bound(*pods.several("lighter", 3, affinity=light)), ["pi-2"])
    nodes.label("pi-2", **{STATE: "critical"})
    _only(checks, "all ARM critical: the rest of the fleet", pods.bound(*pods.several("moved", 3, affinity=light)), MINIS)
    built = pods.several("arm", 3, affinity=required(expression("kubernetes.io/arch", "In", "arm64")))
    _only(checks, "work that is built for ARM alone stays there, critical or not", pods.bound(*built), ARMS)


def soft_taints(cluster, nodes, pods, checks):
    for name in ("pi-1", "mini-1"):
        nodes.taint(name, f"{OVER_BUDGET}:PreferNoSchedule")
    found = pods.bound(*pods.several("soft", 6))
    _only(checks, "PreferNoSchedule: pods that know nothing of us go elsewhere", found, ["pi-2", "mini-2"])
    for name in ARMS + MINIS:
        nodes.taint(name, f"{OVER_BUDGET}:PreferNoSchedule")
    _only(checks, "with all nodes tainted so, pods are bound all the same", pods.bound(*pods.several("all", 4)), ARMS + MINIS)
    nodes.taint("pi-1", f"{OVER_BUDGET}:PreferNoSchedule", f"{THROTTLING}:PreferNoSchedule")
    for name in MINIS + ["pi-2"]:
        nodes.taint(name, f"{OVER_BUDGET}:PreferNoSchedule")
    _only(checks, "two such taints are worse than one", pods.bound(*pods.several("worse", 3)), ["pi-2", *MINIS])


def crowding(cluster, nodes, pods, checks):
    """A soft taint is one score among several: how full the free nodes get before the tainted one is used."""
    nodes.taint("mini-1", f"{OVER_BUDGET}:PreferNoSchedule")
    amd = required(expression("kubernetes.io/arch", "In", "amd64"))
    names = []
    for i in range(16):
        names += pods.several(f"crowd{i}", 1, affinity=amd, resources={"cpu": "500m", "memory": "512Mi"})
        if pods.bound(names[-1]) == ["mini-1"]:
            break
    free = sum(pods.node(name) == "mini-2" for name in names) * 0.5
    checks.that("a soft taint holds while there is room elsewhere", free >= 2, f"the first pod on the tainted node came with {free:g} of 4 CPUs of the other one taken")


def hard_taints(cluster, nodes, pods, checks):
    there = pods.create("there", required(expression("kubernetes.io/hostname", "In", "mini-1")))
    pods.bound(there)
    for name in ARMS + ["mini-1"]:
        nodes.taint(name, f"{OVER_BUDGET}:NoSchedule")
    found = pods.bound(*pods.several("hard", 4))
    _only(checks, "NoSchedule: only the node without it takes new pods", found, ["mini-2"])
    checks.equal("a pod that runs there stays", pods.node(there), "mini-1")
    tolerant = pods.create("tolerant", required(expression("kubernetes.io/hostname", "In", "pi-1")), [tolerate(OVER_BUDGET, "NoSchedule")])
    checks.equal("a pod that tolerates it is bound there", pods.bound(tolerant), ["pi-1"])
    other = pods.create("other", required(expression("kubernetes.io/hostname", "In", "pi-1")), [tolerate(THROTTLING)])
    checks.that("one that tolerates another taint is not", "taint" in pods.refused(other), pods.refused(other))
    nodes.taint("pi-1")
    checks.equal("it is once the taint is gone", pods.bound(other), ["pi-1"])


def watts(cluster, nodes, pods, checks):
    for name, share in (("pi-1", "10"), ("mini-1", "60")):
        cluster.admin.patch(f"/api/v1/nodes/{name}/status", {"status": {"capacity": {WATTS: share}}}).must()
        nodes.heartbeat(name)
    two = pods.several("watts", 2, resources={WATTS: "30"})
    checks.equal("pods that ask for 30 W go where there are 60", pods.bound(*two), ["mini-1", "mini-1"])
    third = pods.create("third", resources={WATTS: "30"})
    checks.that("a third is not admitted", f"Insufficient {WATTS}" in pods.refused(third), pods.refused(third))
    checks.equal("a small one is, on the node of 10 W", pods.bound(pods.create("small", resources={WATTS: "8"})), ["pi-1"])
    cluster.admin.patch("/api/v1/nodes/mini-2/status", {"status": {"capacity": {WATTS: "45"}}}).must()
    nodes.heartbeat("mini-2")
    checks.equal("the third is bound when another node advertises its share", pods.bound(third), ["mini-2"])
    nodes.reset_extended("mini-2")
    late = pods.create("late", resources={WATTS: "5"}, affinity=required(expression("kubernetes.io/hostname", "In", "mini-2")))
    checks.that("after a kubelet's reset the node has none until it is advertised again", f"Insufficient {WATTS}" in pods.refused(late), pods.refused(late))
    cluster.admin.patch("/api/v1/nodes/mini-2/status", {"status": {"capacity": {WATTS: "60"}}}).must()
    nodes.heartbeat("mini-2")
    checks.equal("then it has", pods.bound(late), ["mini-2"])
    checks.that("pods that ask for no watts are not held to them", all(pods.bound(*pods.several("free", 2))))
    refused = cluster.admin.post("/api/v1/namespaces/default/pods", {"metadata": {"name": "half"}, "spec": {
        "containers": [{"name": "work", "image": "none", "resources": {"requests": {WATTS: "5"}, "limits": {WATTS: "10"}}}]}})
    checks.status("watts cannot be overcommitted: a limit above the request is refused", refused, 422)


def readiness(cluster, nodes, pods, checks):
    nodes.ready("mini-1", False)
    _only(checks, "a node that is not ready takes no pods", pods.bound(*pods.several("ready", 6)), ARMS + ["mini-2"])
    nodes.ready("mini-1")
    with HollowKubelets(cluster.admin):
        pods.several("run", 2)
        done, seconds = until(lambda: all(pod["status"]["phase"] == "Running" for pod in cluster.admin.items("/api/v1/namespaces/default/pods")), 20)
        checks.that("bound pods run where a scenario wants kubelets", done, f"after {seconds:.1f} s")
