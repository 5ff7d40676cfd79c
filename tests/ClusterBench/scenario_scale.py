"""A thousand agents against a thousand Node objects: writes a minute by the server's audit, the aggregator's CPU and memory from /proc."""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import load
import shipped
from api import until
from chronicle import labels
from fleet import Aggregator
from lifecycle import moment
from nodes import Nodes
from processes import Process

# A multiple of four.
AGENTS = int(os.environ.get("CLUSTER_BENCH_AGENTS", 1000))
STEADY = int(os.environ.get("CLUSTER_BENCH_STEADY", 120))
# On two cores that the server, etcd and the load share.
MOST_CPU, MOST_MEGABYTES, MOST_WRITES = 1.0, 600, 60
TICKS = os.sysconf("SC_CLK_TCK")


def run(bench, checks):
    cluster = bench.cluster(scheduler=False)
    shipped.install(cluster, f"{bench.packaging}/kustomize/base")
    nodes, begun = Nodes(cluster.admin), time.monotonic()
    kinds = {load.name_of(i): load.kind_of(i) for i in range(1, AGENTS + 1)}
    for architecture in ("amd64", "arm64"):
        create(nodes, [name for name, kind in kinds.items() if kind[2] == architecture], architecture)
    checks.note(f"{AGENTS} Node objects made in {time.monotonic() - begun:.0f} s")
    folder = os.path.join(bench.folder, "programs")
    os.makedirs(folder, exist_ok=True)
    wanted = sum(kind[5] for kind in kinds.values())
    aggregator = Aggregator(bench.out, fresh(folder), "aggregator", {"budget": {"watts": round(wanted), "mode": "cap"}, "kubernetes": shipped.settings(cluster)})
    agents = Load(folder, aggregator)
    try:
        aggregator.start()
        agents.start()
        measure(checks, cluster, aggregator, agents)
    finally:
        agents.kill()
        aggregator.process.kill()


class Load:
    """Four programs with a quarter of the agents each: one alone cannot keep a thousand connections in step."""

    def __init__(self, folder, aggregator, parts=4):
        each = AGENTS // parts
        self._parts = [Process(f"load-{i}", [sys.executable, "-B", load.__file__, "--to", f"127.0.0.1:{aggregator.grpc}", "--agents", str(each), "--first", str(1 + i * each)], folder)
                       for i in range(parts)]
        for part in self._parts:
            open(part.log, "w").close()

    def start(self):
        for part in self._parts:
            part.start()

    def kill(self):
        for part in self._parts:
            part.kill()

    def cpu(self):
        return sum(cpu(part) for part in self._parts)

    def said(self):
        """The counts of all, as each said them last."""
        sums, problem = {"joined": 0, "reports": 0, "acknowledged": 0, "grants": 0, "ended": 0}, ""
        for part in self._parts:
            with open(part.log) as log:
                lines = [line for line in log if line.startswith("{") and line.endswith("\n")]
            found = json.loads(lines[-1]) if lines else {}
            sums = {key: value + found.get(key, 0) for key, value in sums.items()}
            problem = problem or found.get("problem", "")
        return {**sums, "problem": problem}


def fresh(folder):
    """A folder for this run; what an earlier run left stays beside it."""
    made = os.path.join(folder, str(time.time_ns()))
    os.makedirs(made)
    return made


def create(nodes, names, architecture):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: nodes.create(name, architecture), names))


def cpu(process):
    """Seconds of both modes, of all threads."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(process):
    """Resident and highest, of which private."""
    with open(f"/proc/{process.pid}/smaps_rollup") as file:
        private = sum(int(line.split()[1]) for line in file if line.startswith(("Private_Clean", "Private_Dirty")))
    now, highest = process.megabytes()
    return now, highest, private * 1024 / 1e6


def measure(checks, cluster, aggregator, agents):
    begun, since = time.monotonic(), time.time()
    joined, seconds = until(lambda: agents.said()["joined"] == AGENTS, 120, 1)
    checks.that(f"{AGENTS} agents are joined", joined, f"after {seconds:.0f} s" if joined else json.dumps(agents.said()))
    labelled = lambda: sum("state" in labels(node) for node in cluster.admin.items("/api/v1/nodes"))
    all_labelled, seconds = until(lambda: labelled() == AGENTS, 240, 3)
    checks.that(f"{AGENTS} nodes are labelled", all_labelled, f"after {seconds:.0f} s, 30 s of which are the dwell" if all_labelled else f"{labelled()} are")
    written = writes(cluster, since)
    checks.note(f"until then {len(written)} writes, {len(written) / (time.monotonic() - begun):.1f} a second; the aggregator used {cpu(aggregator.process):.0f} s of CPU")
    # What is new settles for a minute: caps of a fleet that is just known, and the grades that follow.
    time.sleep(30)
    steady(checks, cluster, aggregator, agents)


def steady(checks, cluster, aggregator, agents):
    since, begun, before, own = time.time(), time.monotonic(), agents.said(), cpu(aggregator.process)
    server, others = cpu(cluster.server), agents.cpu()
    time.sleep(STEADY)
    seconds = time.monotonic() - begun
    used, after = (cpu(aggregator.process) - own) / seconds, agents.said()
    resident, highest, private = megabytes(aggregator.process)
    written = writes(cluster, since)
    kinds = {}
    for entry in written:
        what = entry["objectRef"]["resource"] + ("/" + entry["objectRef"]["subresource"] if "subresource" in entry["objectRef"] else "")
        kinds[what] = kinds.get(what, 0) + 1
    per_minute = len(written) / seconds * 60
    reports = (after["reports"] - before["reports"]) / seconds
    checks.that("no agent is lost", after["ended"] == 0, f"{reports:.0f} reports and {(after['grants'] - before['grants']) / seconds:.0f} grants a second" if not after["ended"] else after["problem"])
    answered = (after["acknowledged"] - before["acknowledged"]) / seconds
    # How many are sent depends on who else wants the cores.
    checks.that("the aggregator takes in what is sent", answered > reports * 0.95 and aggregator.is_ready(), f"{answered:.0f} of {reports:.0f} reports a second, {reports / AGENTS:.0%} of what was due")
    checks.that(f"steady for {seconds:.0f} s, API writes are few", per_minute <= MOST_WRITES, f"{per_minute:.1f} a minute on {AGENTS} nodes: {json.dumps(kinds)}")
    refused = [entry for entry in written if entry["responseStatus"]["code"] >= 400]
    checks.that("none is refused", not refused, f"{len(refused)} refused")
    checks.that(f"the aggregator's CPU is below {MOST_CPU:.0%} of a core", used < MOST_CPU, f"{used:.1%} of a core")
    checks.that(f"its memory is below {MOST_MEGABYTES} MB", highest < MOST_MEGABYTES, f"{resident:.0f} MB resident, {private:.0f} MB private, {highest:.0f} MB at its highest")
    wanted = os.getloadavg()[1]
    checks.note(f"beside it on the same cores: API server {(cpu(cluster.server) - server) / seconds:.0%}, the load itself {(agents.cpu() - others) / seconds:.0%}; {wanted:.1f} programs wanted {os.cpu_count()} cores")
    figures = {"agents": AGENTS, "seconds": round(seconds), "writesPerMinute": round(per_minute, 1), "aggregatorCores": round(used, 3), "residentMegabytes": round(resident),
               "highestMegabytes": round(highest), "reportsPerSecond": round(reports)}
    checks.note(json.dumps(figures))


def writes(cluster, since):
    return [entry for entry in cluster.audit(shipped.ACCOUNT) if moment(entry) >= since]
