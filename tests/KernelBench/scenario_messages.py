"""Power monitors over an adapter that carries plain messages, as those of the boards do: beside the kernel's drivers, by the datasheets, and with an adapter that hangs."""
import json

import machine
from granter import Granter
from node import Node

WORD, LONG, COUNT = 4, 6, 10   # digits of a register of 16, 24 and 40 bits
# By address: the chip, and its registers as the datasheet numbers them.
CHIPS = {
    0x40: ("ina219", {2: (0x5dc2, WORD), 1: (0x04d2, WORD), 4: (0x04d2, WORD), 3: (740, WORD)}),
    0x41: ("ina226", {2: (9600, WORD), 1: (4000, WORD), 4: (4000, WORD), 3: (480, WORD), 6: (8, WORD), 0xfe: (0x5449, WORD), 0xff: (0x2260, WORD)}),
    0x42: ("ina3221", {1: (2000, WORD), 2: (12000, WORD), 3: (0x0320, WORD), 4: (0x2ee0, WORD), 5: (0xf380, WORD), 6: (0x1f40, WORD), 0xfe: (0x5449, WORD), 0xff: (0x3220, WORD)}),
    0x43: ("ina228", {5: (61440 << 4, LONG), 4: (16000 << 4, LONG), 7: (16000 << 4, LONG), 8: (60000, LONG), 9: ((1 << 33) + 1, COUNT), 6: (5760, WORD), 0x0b: (3, WORD),
                      0x3e: (0x5449, WORD), 0x3f: (0x2281, WORD)}),
    0x44: ("ina260", {2: (9600, WORD), 1: (800, WORD), 3: (1200, WORD), 6: (8, WORD), 0xfe: (0x5449, WORD), 0xff: (0x2270, WORD)}),
}
DRIVEN = (0x40, 0x41, 0x42)   # chips that this kernel has a driver for
# Volts, amperes, watts, joules and degrees of the chips without one: 195.3125 µV, 312.5 nV, 31.25 µA (10 mΩ, no range), 3.2 and 51.2 current steps, 7.8125 m°C;
# 1.25 mV, 1.25 mA, 10 mW.
DATASHEET = {
    ("ina228", "voltage"): 12, ("ina228", "shunt_voltage"): 0.005, ("ina228", "current"): 0.5, ("ina228", "power"): 6, ("ina228", "energy"): 13743895.3488, ("ina228", "temp"): 45,
    ("ina260", "voltage"): 12, ("ina260", "current"): 1, ("ina260", "power"): 12,
}
SIM = "/sys/module/bench_i2c/parameters"


def run(guest, checks):
    machine.load(guest)
    guest.must("modprobe i2c-dev; insmod /lib/bench/bench_i2c.ko; insmod /lib/bench/ina2xx.ko; insmod /lib/bench/ina3221.ko")
    first, second = (int(guest.must(f"basename $(dirname $(grep -lx 'bench messages {n}' /sys/bus/i2c/devices/i2c-*/name)) | cut -d- -f2")) for n in (0, 1))
    _registers(guest, CHIPS)
    adapter = f"cd /sys/bus/i2c/devices/i2c-{first}; "
    guest.must(adapter + "; ".join(f"echo {CHIPS[address][0]} {address:#x} > new_device" for address in DRIVEN))
    # The drivers write their own at probe.
    _registers(guest, CHIPS)
    kernel = {CHIPS[address][0]: _hwmon(guest, CHIPS[address][0]) for address in DRIVEN}
    _configure(guest, _monitors(first, CHIPS))
    checks.equal("chips that the kernel's drivers have are left to them, the others are read", sorted({r["device"].split("@")[0] for r in _sensors(guest)}), ["ina228", "ina260"])
    guest.must(adapter + "; ".join(f"echo {address:#x} > delete_device" for address in DRIVEN))

    _sensors(guest)   # sets them up
    guest.must(f"echo 0 > {SIM}/lone")
    before = guest.number(f"{SIM}/transfers")
    own = {(r["device"].split("@")[0], r["name"]): r["value"] for r in _sensors(guest)}
    for (chip, name), value in _wanted(kernel).items():
        checks.equal(f"{chip} {name}, our driver and the kernel's agree to the last digit", own.get((chip, name)), value)
    for (chip, name), value in DATASHEET.items():
        checks.equal(f"{chip} {name} is what the datasheet says of its registers", own.get((chip, name)), value)
    checks.that("each register's number and its bytes are one transfer, that no other master comes between", guest.number(f"{SIM}/lone") == 0,
                f"{guest.number(f'{SIM}/transfers') - before} transfers")

    _configure(guest, f"ina226@{first}-0x45 shunt=10mOhm")
    silent = _sensors(guest)
    checks.that("where nobody acknowledges, there is no figure but its reason", silent and all(r["value"] is None and r["quality"] == "fault" and "nothing answers" in r["detail"] for r in silent),
                silent[0]["detail"] if silent else "")
    with Granter(guest.folder + "/granter.log") as granter:
        _hangs(guest, checks, granter.told, Node(guest, granter.port), first, second)


def _hangs(guest, checks, told, node, first, second):
    """The second adapter holds every transfer for longer than anybody waits."""
    node.configure(enforce=False, extra=["i2c:", f"  monitors: {_monitors(first, [0x41])}, {_monitors(second, [0x44])}"])
    node.start()

    def quality():
        reading = told.reading("i2c", f"ina260@{second}-0x44", "power")
        return reading.quality if reading else "-"

    both, _ = guest.until(lambda: told.value("i2c", f"ina226@{first}-0x41", "power") == 3 and told.value("i2c", f"ina260@{second}-0x44", "power") == 12, 60)
    checks.that("a monitor on each adapter is streamed", both)
    guest.must(f"echo 15000 > {SIM}/stuck_ms; echo 1 > {SIM}/stuck")
    stale, seconds = guest.until(lambda: quality() == "stale", 20)
    checks.that("an adapter that hangs: what its monitor said last is called stale", stale, f"{quality()} after {seconds:.1f} s")
    told.doubts.clear()
    since = told.reports
    guest.must(f"echo '41 3 {960:04x}' > {SIM}/register")
    moved, seconds = guest.until(lambda: told.value("i2c", f"ina226@{first}-0x41", "power") == 6, 10)
    checks.that("the monitor on the other adapter is as quick as ever", moved and seconds < 5, f"after {seconds:.1f} s")
    guest.until(lambda: told.reports >= since + 8, 30)
    late = {f"{source} {device}": count for (source, device), count in told.doubts.items() if not device.startswith("ina260@")}
    checks.that("and so is every other source", not late, f"{told.reports - since} reports; {late}")
    found = guest.sh("homelab-agent doctor", timeout=180)[1]
    checks.that("doctor names the adapter", f"/dev/i2c-{second}" in found and "does not answer" in found, next((line.strip() for line in found.splitlines() if f"/dev/i2c-{second}" in line), ""))
    guest.must(f"echo -1 > {SIM}/stuck")
    guest.must(f"echo '44 3 {600:04x}' > {SIM}/register")
    back, seconds = guest.until(lambda: quality() == "ok" and told.value("i2c", f"ina260@{second}-0x44", "power") == 6, 90)
    checks.that("once it lets go, its monitor is read again", back, f"after {seconds:.1f} s")
    checks.that("the agent stops as it should", (node.stop() or 99) < 10)


def _wanted(kernel):
    wanted = {}
    for chip in ("ina219", "ina226"):
        for name, file, unit in (("voltage", "in1", 1e3), ("current", "curr1", 1e3), ("power", "power1", 1e6)):
            wanted[chip, name] = kernel[chip][file + "_input"] / unit
    for n in (1, 2, 3):
        wanted["ina3221", f"voltage{n}"] = kernel["ina3221"][f"in{n}_input"] / 1e3
        wanted["ina3221", f"current{n}"] = kernel["ina3221"][f"curr{n}_input"] / 1e3
    return wanted


def _monitors(bus, addresses):
    return ", ".join(f"{CHIPS[address][0]}@{bus}-{address:#x}" + ("" if CHIPS[address][0] == "ina260" else " shunt=10mOhm") for address in addresses)


def _registers(guest, addresses):
    guest.must("; ".join(f"echo '{address:x} {number:x} {value:0{digits}x}' > {SIM}/register" for address in addresses for number, (value, digits) in CHIPS[address][1].items()))


def _configure(guest, monitors):
    guest.must(f"mkdir -p /etc/homelab; printf 'i2c:\\n  monitors: {monitors}\\n' > /etc/homelab/agent.yaml")


def _sensors(guest):
    return [r for r in json.loads(guest.must("homelab-agent sensors --output json", timeout=120))["readings"] if r["source"] == "i2c"]


def _hwmon(guest, chip):
    listing = guest.must(f"cd $(dirname $(grep -lx {chip} /sys/class/hwmon/hwmon*/name)); for f in *_input; do echo $f $(cat $f); done")
    return {name: int(value) for name, value in (line.split() for line in listing.splitlines())}
