"""A power module that answers to everything: about a thousand attributes on one chip, read, streamed, exposed, and unplugged while it is read."""
import json
import os
import re
import urllib.request

import hwmon
import machine
from aggregator import Aggregator
from granter import Granter
from node import Node

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "out", "homelab-aggregator")
STUB = "/sys/bus/i2c/devices/i2c-0"
# VOUT_MODE -9, READ_VOUT 12 V, READ_POUT 175 W, READ_TEMPERATURE_1 25 °C. The stub has one set of registers for every page.
REGISTERS = ((0x20, 0x17, "b"), (0x8b, 0x1800, "w"), (0x96, 0xf2bc, "w"), (0x8d, 25, "w"))


def run(guest, checks):
    machine.load(guest)
    guest.must("modprobe lm75; modprobe pmbus; modprobe i2c-stub chip_addr=0x48,0x58; insmod /lib/bench/coretemp_sim.ko")
    guest.must("; ".join(f"i2cset -y 0 0x58 {register:#x} {value:#x} {mode}" for register, value, mode in REGISTERS))
    guest.must(f"i2cset -y 0 0x48 0 0x802a w; cd {STUB}; echo lm75 0x48 > new_device; echo pmbus 0x58 > new_device")
    _once(guest, checks)
    with Granter(guest.folder + "/granter.log") as granter:
        node = Node(guest, granter.port)
        node.configure(enforce=False)
        node.start()
        _streamed(guest, checks, granter.told, node)
        node.stop()
        node.configure(enforce=False, extra=["interval:", "  rediscover: 5s"])
        node.start()
        _unplugged(guest, checks, granter.told, node)
        node.stop()
        with open(guest.folder + "/agent.log", "w") as log:
            log.write(node.log(2000))
    _exposed(guest, checks)


def _once(guest, checks):
    before = hwmon.raw(guest)
    folder = hwmon.folder(guest, "pmbus")
    files = [path for path in before if path.startswith(folder + "/")]
    checks.that("the chip has about a thousand attributes", len(files) > 800, f"{guest.must(f'ls {folder} | wc -l')} files, {len(files)} of them numbers")
    readings = json.loads(guest.must("homelab-agent sensors --output json", timeout=180))["readings"]
    of_chip = [r for r in readings if r["device"].startswith("pmbus@")]
    inputs = sum(path.endswith("_input") for path in files)
    checks.equal("one look has every channel of it", sum(r["path"].endswith("_input") for r in of_chip), inputs)
    wrong, compared = hwmon.differences(readings, before, hwmon.raw(guest), only="pmbus")
    checks.that("each is its raw file's", not wrong and compared > 700, f"{compared} of {len(of_chip)} readings compared; {wrong[:3]}")
    found = {r["name"]: r["value"] for r in of_chip}
    checks.equal("the last output's figures are what its registers say", (found.get("in33"), found.get("power33"), found.get("temp1")), (12, 175, 25))


def _streamed(guest, checks, told, node):
    if not checks.that("the agent streams it", guest.until(lambda: told.value("hwmon", "pmbus", "power33") == 175, 90)[0], f"{len(told.sensors)} sensors"):
        print(node.log(), flush=True)
        return
    checks.that("the inventory holds it, within what one Hello may", 800 < len(told.sensors) <= 4096, f"{len(told.sensors)} sensors")
    told.doubts.clear()
    since = told.reports
    guest.until(lambda: told.reports >= since + 15, 120)
    late = {f"{source} {device}": count for (source, device), count in told.doubts.items() if source != "hwmon"}
    checks.that("other sources are on time meanwhile", not late, f"{told.reports - since} reports; {late}")
    beside = {device.split("@")[0]: count for (source, device), count in told.doubts.items() if source == "hwmon" and not device.startswith("pmbus@")}
    checks.that("other chips are, too", not beside, f"{beside}")
    health = told.sources.get("hwmon")
    checks.note(f"hwmon takes {health.duration_us / 1000:.0f} ms a pass, {sum(told.doubts.values())} readings of {sum(1 for s in told.sensors if s[0] == 'hwmon')} were late in {told.reports - since} reports")
    guest.must("i2cset -y -f 0 0x48 0 0x0019 w")
    moved, seconds = guest.until(lambda: told.value("hwmon", "lm75", "temp1") == 25, 30)
    checks.that("a thermometer beside it, on the same bus, is as quick as ever", moved and seconds < 6, f"{told.value('hwmon', 'lm75', 'temp1')} °C after {seconds:.1f} s")
    guest.must(f"i2cset -y -f 0 0x58 0x8b {0x1800 // 2:#x} w")
    moved, seconds = guest.until(lambda: told.value("hwmon", "pmbus", "in33") == 6, 60)
    checks.that("and what changes on the chip itself arrives, to its last output", moved, f"{told.value('hwmon', 'pmbus', 'in33')} V after {seconds:.1f} s")


def _unplugged(guest, checks, told, node):
    since = told.reports
    guest.until(lambda: told.reports > since + 3 and told.value("hwmon", "pmbus", "in33") == 6, 60)
    guest.must(f"echo 0x58 > {STUB}/delete_device")
    gone, seconds = guest.until(lambda: not any(r.value is not None for (device, _), r in told.of("hwmon").items() if device.startswith("pmbus@")), 60)
    checks.that("unplugged while it is read: none of its numbers is left", gone, f"after {seconds:.1f} s")
    dropped, seconds = guest.until(lambda: told.value("hwmon", "lm75", "temp1") == 25 and not any(d.startswith("pmbus@") for d in told.devices("hwmon")), 60)
    checks.that("unplugged: the inventory is without it, and the thermometer is as it was", dropped and node.is_running(), f"{len(told.sensors)} sensors after {seconds:.1f} s")
    guest.must(f"echo pmbus 0x58 > {STUB}/new_device")
    found, seconds = guest.until(lambda: told.value("hwmon", "pmbus", "in33") == 6, 90)
    checks.that("plugged in: found again, to its last output", found, f"{len(told.sensors)} sensors after {seconds:.1f} s")


def _exposed(guest, checks):
    with Aggregator(os.path.abspath(PROGRAM), guest.folder, budget=100) as aggregator:
        node = Node(guest, aggregator.port)
        node.configure(enforce=False)
        node.start()

        def told():
            text = _get(aggregator.url + "/metrics")
            series = re.findall(r'^homelab_\w+\{[^}]*\bnode="bench"[^}]*\} \S+', text, re.M)
            left = next((float(line.rsplit(" ", 1)[1]) for line in series if line.startswith("homelab_node_sensors_left_out")), 0)
            return (series, left) if any("pmbus" in line for line in series) else None

        found, seconds = guest.until(told, 90, 1)
        series, left = found or ([], 0)
        sensors = [s for s in series if not s.startswith(("homelab_agent_", "homelab_budget_"))]
        checks.that("/metrics: the node has 150 series at most, and says how many sensors are without one", 20 < len(sensors) <= 150 and left > 0,
                    f"{len(sensors)} series, {left:.0f} sensors left out, {seconds:.0f} s")
        readings = json.loads(_get(aggregator.url + "/api/v1/nodes/bench"))["readings"]
        checks.that("the API has them all", sum("pmbus@" in r["device"] for r in readings) > 800, f"{len(readings)} readings")
        node.stop()


def _get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()
