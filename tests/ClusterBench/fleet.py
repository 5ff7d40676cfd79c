"""The published programs on recorded hosts: one process that moves the machines, a real agent for each, aggregators; watts as they truly were."""
import json
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from api import until
from processes import ClusterError, Process, free_port

# Name: (recorded machine, architecture of its node). Two NUC 11 with RAPL limits, a UM890 with clocks only, three RK1 and two Pi 4B.
MACHINES = {"nuc-1": ("nuc11", "amd64"), "nuc-2": ("nuc11", "amd64"), "um890": ("um890", "amd64"), "rk1-1": ("rk1", "arm64"), "rk1-2": ("rk1", "arm64"),
            "rk1-3": ("rk1", "arm64"), "pi-1": ("pi4b", "arm64"), "pi-2": ("pi4b", "arm64")}
UNMANAGED = 8
PI_SUPPLY = "sys/devices/platform/soc/soc:firmware/raspberrypi-hwmon/hwmon/hwmon1/in0_lcrit_alarm"


class Aggregator:
    """One aggregator with its own ports, folder and configuration; started and killed as often as a scenario likes."""

    def __init__(self, out, folder, name, settings, environment=None):
        self.name = name
        self.folder = os.path.join(folder, name)
        os.makedirs(os.path.join(self.folder, "state"))
        self.http, self.grpc = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        self.config = os.path.join(self.folder, "aggregator.yaml")
        with open(self.config, "w") as file:
            # JSON is YAML.
            json.dump({"listen": {"http": f"127.0.0.1:{self.http}", "grpc": f"127.0.0.1:{self.grpc}"}, "storage": {"path": os.path.join(self.folder, "state")}, **settings}, file, indent=1)
        self._program = os.path.join(out, "homelab-aggregator")
        self._environment = environment or {}
        self.process = Process("aggregator", [self._program, "run", "--config", self.config], self.folder, environment)

    def start(self, ready=True):
        self.process.start()
        return self.process.await_ready(self.is_ready if ready else self.is_alive, 60)

    def is_ready(self):
        return self.status("/readyz") == 200

    def is_alive(self):
        return self.status("/livez") == 200

    def status(self, path):
        """The HTTP status; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
        except OSError:
            return 0

    def get(self, path="/api/v1/fleet"):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            text = answer.read().decode()
        return json.loads(text) if path.startswith("/api/") else text

    def nodes(self):
        return {node["name"]: node for node in self.get()["nodes"]}

    def homelab(self, *words, timeout=60, local=False):
        """Runs the command line against this aggregator, or beside it with its configuration. Returns its status and what it said."""
        at = ["--config", self.config] if local else ["--aggregator", self.url]
        done = subprocess.run([self._program, *words, *at], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
                              env={**os.environ, **self._environment})
        return done.returncode, done.stdout.strip()


class Fleet:
    """Use it in a `with`: machines first, then `agents`. Everything that it started ends with it."""

    def __init__(self, bench, story="told", speed=1):
        for program in ("homelab-agent", "homelab-aggregator", "recorded-hosts/recorded-hosts"):
            if not os.path.exists(os.path.join(bench.out, program)):
                raise ClusterError(f"out/{program} is missing: make build out/recorded-hosts/recorded-hosts")
        self._bench = bench
        self._out = bench.out
        self._aggregators = []
        self._agents = {}
        self.folder = os.path.join(bench.folder, "fleet")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        # The trees change many times a second: they are kept in memory where there is room for them.
        self.trees = tempfile.mkdtemp(prefix="cluster-bench.", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
        self.truth = os.path.join(self.trees, "truth.csv")
        hosts = ",".join(f"{name}={machine}" for name, (machine, _) in MACHINES.items())
        self._machines = Process("recorded-hosts", [
            os.path.join(self._out, "recorded-hosts/recorded-hosts"), "--fixtures", os.path.join(bench.root, "tests/fixtures/hosts"), "--out", self.trees, "--hosts", hosts,
            "--story", story, "--speed", str(speed), "--truth", self.truth, "--unmanaged", str(UNMANAGED)], self.folder)

    def __enter__(self):
        try:
            self._machines.start()
            self._machines.await_ready(lambda: os.path.exists(self.truth) and os.path.getsize(self.truth) > 1000, 30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in [*self._agents.values(), *(each.process for each in self._aggregators), self._machines]:
            process.kill()
        shutil.rmtree(self.trees, ignore_errors=True)

    def aggregator(self, name, settings, environment=None):
        made = Aggregator(self._out, self.folder, name, settings, environment)
        self._aggregators.append(made)
        return made

    def agents(self, *aggregators, observe=()):
        """A real agent for every machine. All may write caps but those in observe."""
        to = ",".join(f"http://127.0.0.1:{each.grpc}" for each in aggregators)
        for name in MACHINES:
            state = os.path.join(self.folder, "agent-" + name)
            os.makedirs(state)
            enforce = {} if name in observe else {"HOMELAB_ENFORCE__ENABLED": "true", "HOMELAB_ENFORCE__ACTUATORS": "rapl, cpufreq"}
            agent = Process("agent-" + name, [os.path.join(self._out, "homelab-agent"), "run", "--node", name, "--host-root", os.path.join(self.trees, name), "--aggregator", to],
                            self.folder, {"HOMELAB_STATE__PATH": state, **enforce})
            self._agents[name] = agent
            agent.start()

    def agent(self, name):
        return self._agents[name]

    def demand(self, **shares):
        """What machines are asked to do from now on, from 0 to 1; - in a name is written _."""
        for name, share in shares.items():
            place = os.path.join(self.trees, name.replace("_", "-") + ".demand")
            with open(place + ".new", "w") as file:
                file.write(f"{share}\n")
            os.rename(place + ".new", place)

    def all(self, share):
        self.demand(**{name: share for name in MACHINES})

    def supply_sags(self, name, sags=True):
        """The alarm of a Pi's own supply monitor."""
        with open(os.path.join(self.trees, name, PI_SUPPLY), "w") as file:
            file.write("1\n" if sags else "0\n")

    def held(self, aggregator, count=len(MACHINES), timeout=60):
        """Waits until so many nodes are held under a live lease. Returns the seconds, or raises."""
        def probe():
            found = [node["control"] for node in aggregator.get()["nodes"] if node.get("control")]
            return sum(control["standing"] == "held" and control["lease"] == "live" for control in found) >= count
        done, seconds = until(probe, timeout)
        if not done:
            raise ClusterError(f"not {count} nodes are held after {timeout} s: " + json.dumps({name: node.get("control", {}).get("standing") for name, node in aggregator.nodes().items()}))
        return seconds

    def watts(self, begin=None, end=None):
        """(seconds, true watts of everything) by the truth log's clock, which is time.monotonic's, between two moments."""
        return [(at, sum(rows.values())) for at, rows in self.moments(begin, end)]

    def moments(self, begin=None, end=None, column=2):
        """(seconds, {machine: figure}) for whole moments; column 2 is watts, 3 the most under the limits in force, 4 what is wanted."""
        moments = []
        with open(self.truth) as log:
            next(log)
            for line in log:
                words = line.rstrip("\n").split(",")
                if len(words) != 5 or not line.endswith("\n"):
                    continue
                at = float(words[0])
                if (begin is None or at >= begin) and (end is None or at <= end):
                    if not moments or moments[-1][0] != at:
                        moments.append((at, {}))
                    moments[-1][1][words[1]] = float(words[column])
        return [(at, rows) for at, rows in moments if len(rows) == len(MACHINES) + 1]
