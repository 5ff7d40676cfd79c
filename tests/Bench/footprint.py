#!/usr/bin/python3
"""Footprint of the published agent and aggregator beside Debian's node_exporter, in one run on one moving recorded host.

All three look at the same tree once a second: the agent samples and streams, node_exporter is scraped with the matching
collectors only. Memory is VmRSS, processor time is /proc/PID/schedstat (nanoseconds on a CPU), start-up is the wall time
from exec to the first acknowledged report (agent) or to the first 200 of /readyz (aggregator), seen from outside.
"""
import argparse, http.client, json, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLLECTORS = ["hwmon", "thermal_zone", "cpufreq", "rapl", "cpu", "pressure"]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def resident_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} is gone")


def cpu_ms(pid):
    """Time on a processor of all threads, living ones by schedstat, plus what ended threads left in the process's own count."""
    stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    ticks = (int(stat[11]) + int(stat[12])) * 1000.0 / os.sysconf("SC_CLK_TCK")
    exact = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            exact += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
        except OSError:
            pass
    return max(ticks, exact / 1e6)


def context_switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            for line in open(f"/proc/{pid}/task/{task}/status"):
                if "ctxt_switches" in line:
                    total += int(line.split()[1])
        except OSError:
            pass
    return total


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_ready(port, path, process, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            if get(port, path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.002)
    raise RuntimeError(f"{process.args[0]} did not answer {path} in {seconds} s")


def start_agent(tree, grpc, log):
    return subprocess.Popen([ROOT / "out/homelab-agent", "run", "--node", "um890", "--host-root", tree,
                             "--aggregator", f"http://127.0.0.1:{grpc}"], stderr=log, stdout=subprocess.DEVNULL)


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600, help="length of the steady run (600)")
    parser.add_argument("--starts", type=int, default=20, help="starts timed for the start-up figures (20)")
    parser.add_argument("--out", default=str(ROOT / "out/bench"), help="folder for footprint.md and footprint.json")
    arguments = parser.parse_args()
    out = pathlib.Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp(prefix="homelab-bench-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
    running = []
    # A terminated bench tidies up like a finished one: what it leaves running would weigh on the next.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        tree = f"{folder}/hosts/um890"
        hosts = subprocess.Popen([ROOT / "out/recorded-hosts/recorded-hosts", "--fixtures", ROOT / "tests/fixtures/hosts",
                                  "--out", f"{folder}/hosts", "--hosts", "um890"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        running.append(hosts)
        while not os.path.exists(f"{tree}/proc/stat"):
            time.sleep(0.05)
        log = open(out / "aggregator.log", "w")

        print(f"start-up, {arguments.starts} times each …", flush=True)
        aggregator_starts = []
        for _ in range(max(3, arguments.starts // 4)):
            http_port, grpc = free_port(), free_port()
            begin = time.monotonic()
            process = start_aggregator(f"{folder}/state", http_port, grpc, log)
            running.append(process)
            wait_ready(http_port, "/readyz", process)
            aggregator_starts.append((time.monotonic() - begin) * 1000)
            process.terminate()
            process.wait(10)
        http_port, grpc = free_port(), free_port()
        aggregator = start_aggregator(f"{folder}/state", http_port, grpc, log)
        running.append(aggregator)
        wait_ready(http_port, "/readyz", aggregator)
        agent_starts = [first_acknowledged_ms(tree, grpc) for _ in range(arguments.starts)]

        exporter_port = free_port()
        exporter = subprocess.Popen(["prometheus-node-exporter", "--collector.disable-defaults", *(f"--collector.{name}" for name in COLLECTORS),
                                     f"--path.sysfs={tree}/sys", f"--path.procfs={tree}/proc", f"--path.rootfs={tree}",
                                     f"--web.listen-address=127.0.0.1:{exporter_port}", "--log.level=error"],
                                    stdout=subprocess.DEVNULL, stderr=open(out / "node_exporter.log", "w"))
        running.append(exporter)
        wait_ready(exporter_port, "/metrics", exporter)
        agent = start_agent(tree, grpc, open(out / "agent.log", "w"))
        running.append(agent)
        programs = {"agent": agent, "node_exporter": exporter, "aggregator": aggregator}
        watched = {name: {"rss": []} for name in programs}

        warm, begin, scrapes = 10, time.monotonic(), 0
        for second in range(warm + arguments.seconds + 1):
            if second == warm:
                for name, process in programs.items():
                    watched[name]["cpu"] = cpu_ms(process.pid)
                    watched[name]["switches"] = context_switches(process.pid)
                scrapes = 0
            if second >= warm and (second - warm) % 30 == 0:
                for name, process in programs.items():
                    watched[name]["rss"].append(resident_mb(process.pid))
                print(f"  {second - warm:4d} s  " + "  ".join(f"{name} {value['rss'][-1]:.1f} MB" for name, value in watched.items()), flush=True)
            status, _ = get(exporter_port, "/metrics")
            assert status == 200
            scrapes += 1
            time.sleep(max(0, begin + second + 1 - time.monotonic()))
        passes = arguments.seconds + 1
        for name, process in programs.items():
            value = watched[name]
            value["cpu_per_pass_ms"] = (cpu_ms(process.pid) - value.pop("cpu")) / passes
            value["switches_per_second"] = (context_switches(process.pid) - value.pop("switches")) / passes
            value["rss_end_mb"] = resident_mb(process.pid)
            value["rss_max_mb"] = max(value["rss"])
        samples = get(http_port, "/metrics")[1].decode()
        exported = get(exporter_port, "/metrics")[1].decode()
        count = lambda text, prefix: sum(1 for line in text.splitlines() if line.startswith(prefix))

        result = {
            "seconds": arguments.seconds,
            "binary_mb": {"agent": os.path.getsize(ROOT / "out/homelab-agent") / 1e6,
                          "aggregator": os.path.getsize(ROOT / "out/homelab-aggregator") / 1e6,
                          "node_exporter": os.path.getsize(shutil.which("prometheus-node-exporter")) / 1e6},
            "start_ms": {"agent first acknowledged report": {"median": median(agent_starts), "max": max(agent_starts)},
                         "aggregator ready": {"median": median(aggregator_starts), "max": max(aggregator_starts)}},
            "programs": watched,
            "series": {"aggregator, node um890": count(samples, "homelab_") , "node_exporter": count(exported, "node_")},
        }
        (out / "footprint.json").write_text(json.dumps(result, indent=2) + "\n")
        row = watched
        table = [
            f"| {arguments.seconds} s at 1 Hz on the recorded UM890 | homelab-agent | node_exporter, same collectors | homelab-aggregator |",
            "|---|---|---|---|",
            f"| binary | {result['binary_mb']['agent']:.2f} MB | {result['binary_mb']['node_exporter']:.2f} MB | {result['binary_mb']['aggregator']:.2f} MB + .NET runtime |",
            f"| resident after 10 s | {row['agent']['rss'][0]:.1f} MB | {row['node_exporter']['rss'][0]:.1f} MB | {row['aggregator']['rss'][0]:.1f} MB |",
            f"| resident at the end | {row['agent']['rss_end_mb']:.1f} MB | {row['node_exporter']['rss_end_mb']:.1f} MB | {row['aggregator']['rss_end_mb']:.1f} MB |",
            f"| CPU per pass | {row['agent']['cpu_per_pass_ms']:.2f} ms | {row['node_exporter']['cpu_per_pass_ms']:.2f} ms | {row['aggregator']['cpu_per_pass_ms']:.2f} ms |",
            f"| context switches per second | {row['agent']['switches_per_second']:.0f} | {row['node_exporter']['switches_per_second']:.0f} | {row['aggregator']['switches_per_second']:.0f} |",
            f"| start-up, median of {arguments.starts} (worst) | {median(agent_starts):.0f} ms ({max(agent_starts):.0f} ms) to the first acknowledged report | – | {median(aggregator_starts):.0f} ms ({max(aggregator_starts):.0f} ms) to ready |",
        ]
        (out / "footprint.md").write_text("\n".join(table) + "\n")
        print("\n".join(table))
    finally:
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
