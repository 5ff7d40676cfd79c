#!/usr/bin/python3
"""Footprint of the published agent and aggregator beside Debian's node_exporter: on one moving recorded host for minutes, then on the largest host there is.

All three look at the same tree once a second: the agent samples and streams, node_exporter is scraped with the matching collectors only. Memory and
processor time are seen from outside; start-up is the wall time from exec to the first acknowledged report (agent) or to the first 200 of /readyz
(aggregator). What the agent allocates it says itself when asked by SIGUSR1: for the whole process, and so with all that sending takes, and within passes.
With GPUs the processor time has the stand-in for NVIDIA's library in it, which looks each figure up in a text, and node_exporter reads none.
"""
import argparse, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, time
from largest import LargestHost
from watch import agent_cost, context_switches, cpu_ms, free_port, get, resident_mb, wait_ready

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTORS = ["hwmon", "thermal_zone", "cpufreq", "rapl", "cpu", "pressure"]
CARDS = 8


def start_agent(tree, grpc, log, attributes=False):
    return subprocess.Popen([ROOT / "out/homelab-agent", "run", "--node", os.path.basename(tree), "--host-root", tree,
                             "--aggregator", f"http://127.0.0.1:{grpc}"], stderr=log, stdout=subprocess.DEVNULL,
                            env={**os.environ, "HOMELAB_ATTRIBUTION__ENABLED": str(attributes).lower()})


def start_aggregator(folder, http_port, grpc, log):
    return subprocess.Popen([ROOT / "out/homelab-aggregator", "run", "--http", f"127.0.0.1:{http_port}",
                             "--grpc", f"127.0.0.1:{grpc}", "--storage", folder], stderr=log, stdout=subprocess.DEVNULL)


def first_acknowledged_ms(tree, grpc):
    """Wall time from just before exec to the agent's line about its first acknowledged report, as it reaches a pipe."""
    begin = time.monotonic()
    agent = start_agent(tree, grpc, subprocess.PIPE)
    try:
        for line in agent.stderr:
            if b"first report acknowledged" in line:
                return (time.monotonic() - begin) * 1000
    finally:
        agent.terminate()
        agent.stderr.close()
        agent.wait(10)
    raise RuntimeError("the agent never said that its first report was acknowledged")


def median(values):
    return sorted(values)[len(values) // 2]


def start_exporter(tree, port, log):
    return subprocess.Popen(["prometheus-node-exporter", "--collector.disable-defaults", *(f"--collector.{name}" for name in COLLECTORS),
                             f"--path.sysfs={tree}/sys", f"--path.procfs={tree}/proc", f"--path.rootfs={tree}",
                             f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"], stdout=subprocess.DEVNULL, stderr=log)


class SideBySide:
    """One tree, both programs on it, a second after the other; the aggregator takes what the agent sends."""

    def __init__(self, bench, name, tree, move=None, exporter=True):
        self.bench, self.name, self.tree, self.move, self.exporter = bench, name, tree, move, exporter

    def run(self, seconds, warm=10):
        bench, port, log = self.bench, free_port(), bench_log(self.bench.out, f"agent-{self.name}.log")
        programs = {"agent": bench.start(start_agent(self.tree, bench.grpc, log, attributes=not self.exporter)), "aggregator": bench.aggregator}
        if self.exporter:
            programs["node_exporter"] = bench.start(start_exporter(self.tree, port, bench_log(bench.out, f"node_exporter-{self.name}.log")))
            wait_ready(port, "/metrics", programs["node_exporter"])
        watched = {name: {"rss": []} for name in programs}
        begin, scrape_ms, page = time.monotonic(), 0, b""
        for second in range(warm + seconds + 1):
            if second == warm:
                cost = agent_cost(programs["agent"], log.name)
                for name, process in programs.items():
                    watched[name].update(cpu=cpu_ms(process.pid), switches=context_switches(process.pid))
                scrape_ms = 0
            if second == warm + min(40, seconds):
                steady = agent_cost(programs["agent"], log.name)
            if second >= warm and (second - warm) % 30 == 0:
                for name, process in programs.items():
                    watched[name]["rss"].append(resident_mb(process.pid))
                print(f"  {self.name} {second - warm:4d} s  " + "  ".join(f"{name} {value['rss'][-1]:.1f} MB" for name, value in watched.items()), flush=True)
            if self.move:
                self.move()
            if self.exporter:
                asked = time.monotonic()
                status, page = get(port, "/metrics")
                assert status == 200
                scrape_ms += (time.monotonic() - asked) * 1000
            time.sleep(max(0, begin + second + 1 - time.monotonic()))
        passes = seconds + 1
        for name, process in programs.items():
            value = watched[name]
            value["cpu_per_pass_ms"] = (cpu_ms(process.pid) - value.pop("cpu")) / passes
            value["switches_per_second"] = (context_switches(process.pid) - value.pop("switches")) / passes
            value["rss_end_mb"] = resident_mb(process.pid)
            value["rss_max_mb"] = max(value["rss"] + [value["rss_end_mb"]])
        end = agent_cost(programs["agent"], log.name)
        counted = end["passes"] - cost["passes"]
        watched["agent"]["pass_wall_ms"] = (end["pass_ms"] - cost["pass_ms"]) / counted
        watched["agent"]["allocated_per_pass"] = (end["allocated"] - cost["allocated"]) / counted
        # Before the search for hardware that each minute brings.
        steps = steady["passes"] - cost["passes"]
        watched["agent"]["allocated_steady"] = (steady["allocated"] - cost["allocated"]) / steps
        watched["agent"]["allocated_reading"] = (steady["allocated_in_passes"] - cost["allocated_in_passes"]) / steps
        # Encoding allocates nothing (tested), so the rest is what the connection takes.
        watched["agent"]["allocated_sending"] = watched["agent"]["allocated_steady"] - watched["agent"]["allocated_reading"]
        watched["agent"]["sensors"] = sensors(self.tree)
        if self.exporter:
            watched["node_exporter"]["scrape_wall_ms"] = scrape_ms / passes
            watched["node_exporter"]["series"] = sum(1 for line in page.decode().splitlines() if line.startswith("node_"))
        for name in ("agent", "node_exporter"):
            if name in programs:
                programs[name].terminate()
                programs[name].wait(10)
        return watched


def bench_log(out, name):
    return open(out / name, "w+")


def sensors(tree):
    text = subprocess.run([ROOT / "out/homelab-agent", "sensors", "--host-root", tree, "--output", "json"], capture_output=True, check=True).stdout
    return len(json.loads(text)["readings"])


class Bench:
    """The folder, the aggregator and everything that is to be ended in the end."""

    def __init__(self, out):
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="homelab-bench-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.log = bench_log(self.out, "aggregator.log")
        self.running = []

    def start(self, process):
        self.running.append(process)
        return process

    def start_aggregator(self):
        """Returns the milliseconds until it was ready."""
        self.http, self.grpc = free_port(), free_port()
        begin = time.monotonic()
        self.aggregator = self.start(start_aggregator(f"{self.folder}/state", self.http, self.grpc, self.log))
        wait_ready(self.http, "/readyz", self.aggregator)
        return (time.monotonic() - begin) * 1000

    def recorded(self, name):
        tree = f"{self.folder}/hosts/{name}"
        self.start(subprocess.Popen([ROOT / "out/recorded-hosts/recorded-hosts", "--fixtures", ROOT / "tests/fixtures/hosts", "--out", f"{self.folder}/hosts",
                                     "--hosts", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        while not os.path.exists(f"{tree}/proc/stat"):
            time.sleep(0.05)
        return tree

    def close(self):
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(bench, arguments):
    um890 = bench.recorded("um890")
    print(f"start-up, {arguments.starts} times …", flush=True)
    aggregator_starts = []
    for last in [*[False] * max(2, arguments.starts // 4 - 1), True]:
        aggregator_starts.append(bench.start_aggregator())
        if not last:
            bench.aggregator.terminate()
            bench.aggregator.wait(10)
    agent_starts = [first_acknowledged_ms(um890, bench.grpc) for _ in range(arguments.starts)]
    runs = {"um890": SideBySide(bench, "um890", um890).run(arguments.seconds)}
    for name, cards in (("largest", 0), ("largest-gpus", CARDS)):
        host = LargestHost(f"{bench.folder}/{name}", cards)
        runs[name] = SideBySide(bench, name, str(host.path), host.move, exporter=cards == 0).run(max(10, arguments.largest // (2 if cards else 1)))
        host.close()
    return {
        "seconds": arguments.seconds, "largest_seconds": arguments.largest, "starts": arguments.starts,
        "binary_mb": {name: os.path.getsize(path) / 1e6 for name, path in (
            ("agent", ROOT / "out/homelab-agent"), ("aggregator", ROOT / "out/homelab-aggregator"), ("node_exporter", shutil.which("prometheus-node-exporter")))},
        "start_ms": {"agent first acknowledged report": {"median": median(agent_starts), "max": max(agent_starts)},
                     "aggregator ready": {"median": median(aggregator_starts), "max": max(aggregator_starts)}},
        "runs": runs,
    }


def table(result):
    binary, starts = result["binary_mb"], result["start_ms"]
    agent, ready = starts["agent first acknowledged report"], starts["aggregator ready"]
    row = result["runs"]["um890"]
    cell = lambda value, form, unit="": "–" if value is None else f"{value:{form}}{unit}"
    yield f"| {result['seconds']} s at 1 Hz on the recorded UM890 | homelab-agent | node_exporter, same collectors | homelab-aggregator |"
    yield "|---|---|---|---|"
    yield f"| binary | {binary['agent']:.2f} MB | {binary['node_exporter']:.2f} MB | {binary['aggregator']:.2f} MB + .NET runtime |"
    yield "| resident after 10 s | " + " | ".join(f"{row[name]['rss'][0]:.1f} MB" for name in ("agent", "node_exporter", "aggregator")) + " |"
    yield "| resident at the end | " + " | ".join(f"{row[name]['rss_end_mb']:.1f} MB" for name in ("agent", "node_exporter", "aggregator")) + " |"
    yield "| CPU per pass | " + " | ".join(f"{row[name]['cpu_per_pass_ms']:.2f} ms" for name in ("agent", "node_exporter", "aggregator")) + " |"
    yield "| context switches per second | " + " | ".join(f"{row[name]['switches_per_second']:.0f}" for name in ("agent", "node_exporter", "aggregator")) + " |"
    yield f"| start-up, median of {result['starts']} (worst) | {agent['median']:.0f} ms ({agent['max']:.0f} ms) to the first acknowledged report | – | {ready['median']:.0f} ms ({ready['max']:.0f} ms) to ready |"
    yield ""
    yield "| a pass: read, derived, encoded and sent | UM890 | largest host | the same with eight GPUs and pods told apart | node_exporter, UM890 | node_exporter, largest host |"
    yield "|---|---|---|---|---|---|"
    ours = [result["runs"][name]["agent"] for name in ("um890", "largest", "largest-gpus")]
    theirs = [result["runs"][name]["node_exporter"] for name in ("um890", "largest")]
    for words, own, other, form, unit in (
            ("sensors (node_exporter: series)", "sensors", "series", "d", ""),
            ("wall time to read and derive (node_exporter: a scrape)", "pass_wall_ms", "scrape_wall_ms", ".2f", " ms"),
            ("CPU", "cpu_per_pass_ms", "cpu_per_pass_ms", ".2f", " ms"),
            ("allocated, steady: reading, fusing and splitting", "allocated_reading", None, ",.0f", " B"),
            ("allocated, steady: encoding (nothing, as tested) and sending", "allocated_sending", None, ",.0f", " B"),
            ("allocated, mean with the search for hardware each minute", "allocated_per_pass", None, ",.0f", " B"),
            ("resident, most", "rss_max_mb", "rss_max_mb", ".1f", " MB")):
        yield f"| {words} | " + " | ".join([cell(value[own], form, unit) for value in ours] + [cell(value[other] if other else None, form, unit) for value in theirs]) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=560, help="length of the steady run on the UM890 (560)")
    parser.add_argument("--largest", type=int, default=60, help="length of the run on the largest host (60), and half of it with GPUs")
    parser.add_argument("--starts", type=int, default=20, help="starts timed for the start-up figures (20)")
    parser.add_argument("--out", default=str(ROOT / "out/bench"), help="folder for footprint.md and footprint.json")
    arguments = parser.parse_args()
    bench = Bench(arguments.out)
    # A terminated bench tidies up like a finished one: what it leaves running would weigh on the next.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        result = measure(bench, arguments)
        lines = "\n".join(table(result))
        (bench.out / "footprint.json").write_text(json.dumps(result, indent=2) + "\n")
        (bench.out / "footprint.md").write_text(lines + "\n")
        print(lines)
    finally:
        bench.close()


if __name__ == "__main__":
    sys.exit(main())
