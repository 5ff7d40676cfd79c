"""What feeds the machine: an ACPI battery and its adapter, a management controller's DCMI watts, and a perf counter in the place of powercap's."""
import json

import bmc
import machine

controller = bmc.Bmc(watts=146)


def devices():
    return controller.devices()


def run(guest, checks):
    guest.must("hostname bench; modprobe battery; modprobe ac; modprobe ipmi_si; modprobe ipmi_devintf")
    _battery(guest, checks)
    _second(guest, checks)
    _dcmi(guest, checks)
    _perf(guest, checks)


def _sensors(guest, source, root=""):
    readings = json.loads(guest.must(f"homelab-agent sensors --output json {root}", timeout=120))["readings"]
    return {(r["device"], r["name"]): r for r in readings if r["source"] == source}


def _values(readings, *keys):
    return tuple((readings[key]["value"] if key in readings else "absent") for key in keys)


def _battery(guest, checks):
    keys = (("AC0", "online"), ("node", "on_battery"), ("BAT0", "power"), ("node", "discharge"))
    for claim, state, online, expected in (
            ("unplugged: what leaves the battery is the board's power", 1, 0, (0, 1, 14.2, 14.2)),
            ("plugged in: what enters it is not", 2, 1, (1, 0, -14.2, None)),
            ("plugged in and discharging all the same: still not", 1, 1, (1, 0, 14.2, None))):
        for offset, word in ((machine.BATTERY_STATE, state), (machine.BATTERY_RATE, 14_200), (machine.BATTERY_LEFT, 40_000), (machine.ADAPTER, online)):
            guest.poke(offset, word)
        # The driver looks again after a second.
        found, _ = guest.until(lambda: _values(_sensors(guest, "power_supply"), *keys) == expected, 8)
        readings = _sensors(guest, "power_supply")
        checks.that("battery: " + claim, found, f"{_values(readings, *keys)}")
    checks.equal("battery: the adapter's change reached no other figure", _values(readings, ("BAT0", "voltage"), ("BAT0", "full_of_design")), (11.8, 0.916666))
    checks.equal("battery: the charge is the raw file's", readings[("BAT0", "capacity")]["value"], guest.number("/sys/class/power_supply/BAT0/capacity") / 100)


def _second(guest, checks):
    """The kernel's own test driver: another battery, another adapter and a USB supply, each to be set."""
    for offset, word in ((machine.BATTERY_STATE, 1), (machine.BATTERY_RATE, 14_200), (machine.ADAPTER, 0)):
        guest.poke(offset, word)
    guest.must("insmod /lib/bench/test_power.ko; cd /sys/module/test_power/parameters; echo 12000000 > battery_voltage; echo -1500000 > battery_current; echo 64 > battery_capacity")
    keys = (("test_battery", "power"), ("test_battery", "voltage"), ("test_battery", "capacity"), ("test_battery", "temp"), ("test_ac", "online"), ("test_usb", "online"))
    checks.equal("test_power: a battery without a power file gives volts times amperes", _values(_sensors(guest, "power_supply"), *keys), (18, 12, 0.64, 2.6, 1, 1))
    checks.equal("test_power: its thermal zone says the same temperature", _values(_sensors(guest, "thermal"), ("test_battery", "temp")), (2.6,))
    keys = (("node", "on_battery"), ("node", "discharge"))
    checks.equal("test_power: while one adapter feeds the machine, nothing is what the batteries give", _values(_sensors(guest, "power_supply"), *keys), (0, None))
    guest.must("cd /sys/module/test_power/parameters; echo off > ac_online; echo off > usb_online")
    found, _ = guest.until(lambda: _values(_sensors(guest, "power_supply"), *keys) == (1, 32.2), 8)
    checks.that("test_power: with every adapter gone it is the sum of both", found, f"{_values(_sensors(guest, 'power_supply'), *keys)}")
    guest.must("rmmod test_power")
    checks.equal("test_power: unplugged, the other battery stands alone", _values(_sensors(guest, "power_supply"), *keys, ("test_battery", "power")), (1, 14.2, "absent"))


def _dcmi(guest, checks):
    keys = (("ipmi0", "power"), ("ipmi0", "power_average"), ("ipmi0", "power_lowest"), ("ipmi0", "power_highest"))
    checks.equal("dcmi: the controller's watts through /dev/ipmi0", _values(_sensors(guest, "ipmi"), *keys), (146, 140, 90, 300))
    checks.that("dcmi: doctor names the controller", "firmware 1.46, IPMI 2.0, manufacturer 10876" in guest.sh("homelab-agent doctor", timeout=120)[1])
    controller.watts = 0xA0AA   # 41130 W, and bytes that the line has to escape
    checks.equal("dcmi: a figure that no machine draws is not told as one", _sensors(guest, "ipmi")[keys[0]]["quality"], "implausible")
    controller.watts, controller.measures = 211, False
    reading = _sensors(guest, "ipmi")[keys[0]]
    checks.equal("dcmi: one that does not measure now has no figure", (reading["value"], reading["quality"]), (None, "unsupported"))
    controller.measures, controller.answers, asked = True, False, controller.asked
    readings = _sensors(guest, "ipmi")
    checks.equal("dcmi: a silent controller has no figure", _values(readings, *keys), (None,) * 4)
    checks.equal("dcmi: and was asked once in that run", controller.asked - asked, 1)


def _perf(guest, checks):
    """No emulated processor has an energy unit. A made-up one that names the task clock, in ns, shows the system call and its count."""
    unit = "/tmp/host/sys/bus/event_source/devices/power"
    guest.must(f"mkdir -p {unit}/events /tmp/host/proc/sys/kernel/random; cd {unit}; echo 1 > type; echo 0 > cpumask; "
               "echo event=0x01 > events/energy-pkg; echo 1e-9 > events/energy-pkg.scale; cat /proc/sys/kernel/random/boot_id > /tmp/host/proc/sys/kernel/random/boot_id")
    reading = _sensors(guest, "perf", "--host-root /tmp/host").get(("package-0", "energy"), {})
    checks.that("perf: a counter of this kernel counts", reading.get("quality") == "ok" and 0 < reading["value"] < 1, f"{reading.get('value')} J, {reading.get('quality')}")
    guest.must("echo of-another-machine > /tmp/host/proc/sys/kernel/random/boot_id")
    checks.equal("perf: of another machine's files nothing is counted", _sensors(guest, "perf", "--host-root /tmp/host"), {})
