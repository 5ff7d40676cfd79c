"""The published agent's `sensors` beside the same kernel's raw attributes."""
import json

import machine


def run(guest, checks):
    machine.load(guest)
    machine.chips(guest)
    output = guest.must("homelab-agent sensors --output json", timeout=120)
    readings = json.loads(output)["readings"]
    find = _finder(readings)

    zones = sorted({r["device"] for r in readings if r["source"] == "powercap"})
    checks.equal("powercap: every zone is found", zones, ["intel-rapl:0", "intel-rapl:0:0", "intel-rapl:0:1"])
    _limits(guest, checks, find)
    _energy(guest, checks, find)
    _meter(guest, checks, readings, find)
    _chips(guest, checks, readings)
    _thermal(guest, checks, readings, find)
    _cpufreq(guest, checks, find)
    _moved(guest, checks)
    faults = [f"{r['path']}: {r['quality']}" for r in readings if r["quality"] in ("fault", "denied", "implausible")]
    checks.equal("nothing on this machine is faulty, denied or implausible", faults, [])


def _finder(readings):
    def find(source, name, device=None):
        return next((r for r in readings if r["source"] == source and r["name"] == name and device in (None, r["device"])), None)
    return find


def _limits(guest, checks, find):
    for name, path in (("long_term", machine.PL1), ("short_term", machine.PL2)):
        reading = find("powercap", name, "intel-rapl:0")
        checks.equal(f"powercap: {name} is the raw file's", (reading["value"], reading["unit"]), (guest.number(path) / 1e6, "watts"))
    checks.equal("powercap: a limit of 0 is not a limit of 0 W", find("powercap", "long_term", "intel-rapl:0:0")["quality"], "unsupported")


def _energy(guest, checks, find):
    energy = find("powercap", "energy", "intel-rapl:0")
    now = guest.number(machine.RAPL + "/energy_uj") / 1e6
    checks.that("powercap: the energy counter is behind the raw file by no more than what 90 W burn meanwhile", 0 < now - energy["value"] < 90 * 60, f"{energy['value']:.1f} J, then {now:.1f} J")


def _meter(guest, checks, readings, find):
    folder = machine.meter_folder(guest)
    power = next((r for r in readings if r["source"] == "hwmon" and r["name"] == "power1" and "power_meter" in r["device"]), None)
    if not checks.that("meter: found, though all its attributes are in hwmonN/device", power is not None and "/device/power1_average" in power["path"], power["path"] if power else "absent"):
        return
    checks.near("meter: its power is the plant's", power["value"], guest.number(machine.PLANT + "/meter_uw") / 1e6, 0.001, " W")
    for name, file in (("power1_cap", "power1_cap"), ("power1_cap_min", "power1_cap_min"), ("power1_cap_max", "power1_cap_max")):
        reading = find("hwmon", name, power["device"])
        checks.equal(f"meter: {name} is the raw file's", reading and reading["value"], guest.number(f"{folder}/{file}") / 1e6)


def _chips(guest, checks, readings):
    """A current sensor and a thermometer on an I2C bus, by their kernel drivers."""
    chips = {(r["device"].split("@")[0], r["name"]): (r["value"], r["unit"]) for r in readings if r["source"] == "hwmon"}
    raw = {name: guest.number(path) for name, path in (
        ("power", "$(grep -l ina219 /sys/class/hwmon/hwmon*/name | xargs dirname)/power1_input"),
        ("current", "$(grep -l ina219 /sys/class/hwmon/hwmon*/name | xargs dirname)/curr1_input"),
        ("celsius", "$(grep -l lm75 /sys/class/hwmon/hwmon*/name | xargs dirname)/temp1_input"))}
    checks.equal("chips: the ina219's power is the raw file's, and what its registers say", (chips.get(("ina219", "power1")), raw["power"]), ((14.8, "watts"), 14_800_000))
    checks.equal("chips: its current", (chips.get(("ina219", "curr1")), raw["current"]), ((1.234, "amperes"), 1234))
    checks.equal("chips: the lm75's temperature", (chips.get(("lm75", "temp1")), raw["celsius"]), ((42.5, "celsius"), 42_500))


def _thermal(guest, checks, readings, find):
    temperatures = [r for r in readings if r["source"] == "thermal" and r["name"] == "temp"]
    checks.equal("thermal: both zones, each with its own name", [(r["device"], r["value"]) for r in temperatures], [("acpitz", 40), ("acpitz#2", 25)])
    passive = find("thermal", "trip_point_1", "acpitz#2")
    checks.equal("thermal: the passive trip", (passive["label"], passive["value"]), ("passive", guest.number("/sys/class/thermal/thermal_zone1/trip_point_1_temp") / 1000))
    cooling = sorted(r["device"] for r in readings if r["source"] == "cooling")
    checks.equal("cooling: the processor and both fans", cooling, ["Fan", "Fan#2", "Processor"])


def _cpufreq(guest, checks, find):
    for name in ("scaling_max_freq", "cpuinfo_max_freq", "cpuinfo_min_freq"):
        checks.equal(f"cpufreq: {name} is the raw file's", find("cpufreq", name, "policy0")["value"], guest.number(f"{machine.CPUFREQ}/{name}") * 1000)


def _moved(guest, checks):
    """What changes in the machine shows in the next look."""
    machine.heat(guest, 80)
    machine.plant(guest, demand_uw=40_000_000)
    guest.until(lambda: guest.number(machine.CEILING) == 1_200_000, 20)
    readings = json.loads(guest.must("homelab-agent sensors --output json", timeout=120))["readings"]
    find = _finder(readings)
    checks.equal("moved: the zone is at 80 °C", find("thermal", "temp", "acpitz#2")["value"], 80)
    checks.equal("moved: the kernel's throttling shows in the ceiling", find("cpufreq", "scaling_max_freq")["value"], 1_200_000_000)
    throttle = find("cooling", "throttle", "Processor")
    checks.that("moved: and in the cooling device", throttle["value"] > 0.5, f"{throttle['value']:.2f}")
    machine.heat(guest, 25)
