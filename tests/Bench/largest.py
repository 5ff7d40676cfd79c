"""The largest host that the bench can think of, composed from recorded trees: what a rack server with everything in it would show.

Sixteen packages with core, uncore and dram, sixty-four processors, twenty-four PMBus converters of fifty-three attributes each, sixteen NVMe disks,
a hundred pods of two containers; and NVIDIA cards by the tests' stand-in for NVIDIA's library. Everything that moves on a machine moves here each second.
"""
import hashlib, os, pathlib, random, resource, shutil, subprocess

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures"
PACKAGES, CPUS, CONVERTERS, DISKS, PODS = 16, 64, 24, 16, 100


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


class LargestHost:
    """The tree, and the files of it that move. Numbers that move keep their length, so that they are overwritten in place: no reader sees half a file."""

    def __init__(self, folder, cards=0):
        self.path = pathlib.Path(folder)
        self.sys = self.path / "sys"
        self.random = random.Random(1)
        self.counters, self.gauges = [], []
        shutil.copytree(FIXTURES / "hosts/haswell", self.path, symlinks=True)
        shutil.copytree(FIXTURES / "hosts/um890/proc/pressure", self.path / "proc/pressure")
        # The board's own meter would be the figure, and the sum over packages, memory and cards is the longer way to it.
        (self.sys / "class/hwmon/hwmon1").unlink()
        for part in (self.packages, self.processors, self.converters, self.disks, self.pods):
            part()
        if cards:
            self.cards(cards)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
        self.counters = [[os.open(path, os.O_WRONLY), start, step, prefix] for path, start, step, prefix in self.counters]
        self.gauges = [(os.open(path, os.O_WRONLY), middle) for path, middle in self.gauges]

    def counter(self, path, start, step, prefix=""):
        put(path, f"{prefix}{start}")
        self.counters.append((path, start, step, prefix))

    def gauge(self, path, middle):
        put(path, middle)
        self.gauges.append((path, middle))

    def move(self):
        """A second passes."""
        for entry in self.counters:
            entry[1] += int(entry[2] * self.random.uniform(0.5, 1.5))
            os.pwrite(entry[0], f"{entry[3]}{entry[1]}".encode(), 0)
        for descriptor, middle in self.gauges:
            os.pwrite(descriptor, str(int(middle * self.random.uniform(0.98, 1.02))).encode(), 0)
        self.busy += CPUS * 40
        self.processor_times()

    def close(self):
        for entry in (*self.counters, *self.gauges):
            os.close(entry[0])
        os.close(self.stat)

    def packages(self):
        zones = self.sys / "devices/virtual/powercap/intel-rapl"
        links = self.sys / "class/powercap"
        shutil.move(zones / "intel-rapl:0", self.path / "zone")
        for link in links.glob("intel-rapl:*"):
            link.unlink()
        for number in range(PACKAGES):
            top = zones / f"intel-rapl:{number}"
            shutil.copytree(self.path / "zone", top)
            put(top / "name", f"package-{number}")
            for plane in range(3):
                (top / f"intel-rapl:0:{plane}").rename(top / f"intel-rapl:{number}:{plane}x")
                (top / f"intel-rapl:{number}:{plane}x").rename(top / f"intel-rapl:{number}:{plane}")
            for zone, watts in ((top, 90), *((top / f"intel-rapl:{number}:{plane}", 20) for plane in range(3))):
                self.counter(zone / "energy_uj", 100_000_000_000, watts * 1_000_000)
                (links / zone.name).symlink_to(f"../../devices/virtual/powercap/{zone.relative_to(zones.parent)}")
        shutil.rmtree(self.path / "zone")

    def processors(self):
        folder = self.sys / "devices/system/cpu"
        for number in range(CPUS):
            cpu, policy = folder / f"cpu{number}", folder / f"cpufreq/policy{number}"
            if number >= 8:
                shutil.copytree(folder / "cpu0", cpu, symlinks=True)
                shutil.copytree(folder / "cpufreq/policy0", policy, symlinks=True)
                if (cpu / "cpufreq").is_symlink():
                    (cpu / "cpufreq").unlink()
                    (cpu / "cpufreq").symlink_to(f"../cpufreq/policy{number}")
            put(cpu / "topology/physical_package_id", number * PACKAGES // CPUS)
            put(cpu / "topology/core_id", number % (CPUS // PACKAGES))
            put(policy / "affected_cpus", number)
            put(policy / "related_cpus", number)
            self.gauge(policy / "scaling_cur_freq", 2_800_000)
            for state in (cpu / "cpuidle").glob("state*/time"):
                self.counter(state, 100_000_000_000, 100_000)
        put(folder / "online", f"0-{CPUS - 1}")
        self.busy = 10_000_000
        put(self.path / "proc/stat", "")
        self.stat = os.open(self.path / "proc/stat", os.O_WRONLY)
        self.processor_times()

    def processor_times(self):
        line = "{} {:09d} 300 000024557 {:09d} 10052 0 825 0 0 0\n"
        each = self.busy // CPUS
        os.pwrite(self.stat, (line.format("cpu", self.busy, self.busy * 2)
            + "".join(line.format(f"cpu{number}", each, each * 2) for number in range(CPUS)) + "ctxt 1\nbtime 1700000000\nprocesses 1\n").encode(), 0)

    def chip(self, device, name):
        number = len(list((self.sys / "class/hwmon").iterdir()))
        chip = self.sys / "devices" / device / f"hwmon/hwmon{number}"
        put(chip / "name", name)
        (self.sys / f"class/hwmon/hwmon{number}").symlink_to(f"../../devices/{device}/hwmon/hwmon{number}")
        (chip / "device").symlink_to("../..")
        return chip

    def converters(self):
        for number in range(CONVERTERS):
            chip = self.chip(f"pci0000:00/0000:00:1f.4/i2c-{number // 8}/{number // 8}-00{0x40 + number % 8:02x}", "pmbus")
            for channel in range(1, 5):
                for kind, middle, limits in (("in", 12_100, ("min", "max", "crit")), ("curr", 15_200, ("max", "crit")), ("power", 185_000_000, ())):
                    self.gauge(chip / f"{kind}{channel}_input", middle)
                    put(chip / f"{kind}{channel}_label", f"{'pout' if kind == 'power' else 'vout' if kind == 'in' else 'iout'}{channel}")
                    for limit in limits:
                        put(chip / f"{kind}{channel}_{limit}", int(middle * (0.8 if limit == "min" else 1.2)))
            for channel in range(1, 4):
                self.gauge(chip / f"temp{channel}_input", 45_200)
                put(chip / f"temp{channel}_max", 95_000)
                put(chip / f"temp{channel}_crit", 105_000)
            self.gauge(chip / "fan1_input", 4_200)

    def disks(self):
        for number in range(DISKS):
            chip = self.chip(f"pci0000:00/0000:{number + 16:02x}:00.0/nvme/nvme{number}", "nvme")
            for channel in range(1, 4):
                self.gauge(chip / f"temp{channel}_input", 41_850)
                put(chip / f"temp{channel}_label", "Composite" if channel == 1 else f"Sensor {channel - 1}")
            put(chip / "temp1_max", 81_850)
            put(chip / "temp1_crit", 84_850)

    def pods(self):
        groups = self.sys / "fs/cgroup"
        put(groups / "cgroup.controllers", "cpuset cpu io memory pids")
        for number in range(PODS):
            digits = hashlib.sha256(f"pod {number}".encode()).hexdigest()
            uid = "_".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
            pod = groups / f"kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid}.slice"
            for container in range(2):
                digits = hashlib.sha256(f"container {number} {container}".encode()).hexdigest()
                self.counter(pod / f"cri-containerd-{digits}.scope/cpu.stat", 100_000_000_000, 150_000, "usage_usec ")

    def cards(self, count):
        library = self.path / "usr/lib/libnvidia-ml.so.1"
        library.parent.mkdir(parents=True)
        subprocess.run(["clang", "-std=gnu11", "-O2", "-DQUIET", "-shared", "-fPIC", "-o", library, FIXTURES / "nvml/fake_nvml.c"], check=True)
        script = ["driver 595.71.05", f"gpus {count}"]
        card = [line for line in (FIXTURES / "nvml/cards/l40s.txt").read_text().splitlines() if line and not line.startswith("#")]
        for number in range(count):
            address = f"0000:{number + 0x81:02x}:00.0"
            script += [f"{number}.address 0000{address}", *(f"{number}.{line.replace('{index}', str(number))}" for line in card)]
            put(self.sys / f"bus/pci/devices/{address}/power/runtime_status", "active")
            put(self.sys / f"bus/pci/devices/{address}/power/control", "on")
            link = self.sys / f"bus/pci/drivers/nvidia/{address}"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(f"../../devices/{address}")
        put(library.parent / "fake_nvml.txt", "\n".join(script))
