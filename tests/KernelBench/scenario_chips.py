"""Chips of every kind beside each other: on an I²C bus that only remembers, in an NVMe drive, in the processor, behind ACPI fans.
Each is read, raises its alarm, is taken away while the agent streams and put back; a second bus with memory modules is never spoken to."""
import json

import hwmon
import machine
import qmp
from granter import Granter
from node import Node

# By address: the chip, and (register, value, "b" a byte or "w" a word in the bus's order) before its driver comes.
STUB = {
    0x18: ("jc42", [(5, 0xa802, "w"), (4, 0x5005, "w"), (2, 0x0005, "w")]),                       # 42.5 °C; critical 85, upper 80
    0x2e: ("adt7475", [(0x3d, 0x75, "b"), (0x7c, 1, "b"), (0x25, 55, "b"), (0x26, 42, "b"), (0x77, 0x50, "b"),
                       (0x28, 0x94, "b"), (0x29, 0x11, "b"), (0x21, 128, "b"), (0x30, 128, "b")]),   # 90000·60/4500 rpm
    0x48: ("lm75", [(0, 0x802a, "w")]),
    0x4c: ("tmp411", [(0, 0x802a, "w"), (1, 0x4037, "w"), (0x20, 85, "b")]),
    0x4d: ("tmp421", [(0, 0x19, "b"), (0x10, 0x80, "b"), (1, 0xf6, "b"), (0x11, 0x80, "b")]),
    0x40: ("ina219", []), 0x41: ("ina226", []), 0x42: ("ina3221", []),
}
# What those registers are by the datasheets.
FIGURES = {
    ("jc42", "temp1"): 42.5, ("jc42", "temp1_crit"): 85, ("jc42", "temp1_max"): 80,
    ("adt7475", "temp1"): 55, ("adt7475", "temp2"): 42.25, ("adt7475", "fan1"): 1200, ("adt7475", "in1"): 1.5, ("adt7475", "pwm1"): 0.501960,
    ("lm75", "temp1"): 42.5, ("tmp411", "temp1"): 42.5, ("tmp411", "temp2"): 55.25, ("tmp411", "temp1_crit"): 85,
    ("tmp421", "temp1"): 25.5, ("tmp421", "temp2"): -9.5,
    ("ina219", "in1"): 12, ("ina219", "curr1"): 1.234, ("ina219", "power1"): 14.8,
    ("ina226", "in1"): 12, ("ina226", "curr1"): 1, ("ina226", "power1"): 3,
    ("ina3221", "in1"): 12, ("ina3221", "curr1"): 1, ("ina3221", "in4"): 0.01, ("ina3221", "power1"): 12,
}
# The INAs' registers, big-endian, once their drivers have written their own.
INAS = {0x40: {2: 0x5dc2, 1: 0x04d2, 4: 0x04d2, 3: 740}, 0x41: {2: 9600, 1: 4000, 4: 4000, 3: 480}, 0x42: {1: 2000, 2: 12000}}
SMBUS = "/sys/kernel/tracing/events/smbus"
DRIVE = "/sys/bus/pci/drivers/nvme"

monitor = qmp.Monitor()


def devices():
    # q35 has Intel's own SMBus with the EEPROMs of eight memory modules.
    return ["-M", "q35", "-blockdev", "driver=null-co,node-name=n0,size=16777216,read-zeroes=on", "-device", "nvme,drive=n0,serial=bench,id=nv0", *monitor.devices()]


def run(guest, checks):
    machine.load(guest, rapl=False)
    buses = _buses(guest)
    guest.must(f"insmod /lib/bench/coretemp_sim.ko; modprobe nvme; mount -t tracefs t /sys/kernel/tracing 2>/dev/null; echo 1 > {SMBUS}/enable")
    guest.until(lambda: guest.sh(f"grep -lx nvme {hwmon.CLASS}hwmon*/name")[0] == 0, 30)
    _values(guest, checks)
    with Granter(guest.folder + "/granter.log") as granter:
        node = Node(guest, granter.port)
        node.configure(enforce=False, extra=["interval:", "  rediscover: 3s"])
        node.start()
        told = granter.told
        if not checks.that("the agent streams", guest.until(lambda: told.reading("hwmon", "nvme", "temp1") is not None, 60)[0], f"{len(told.sensors)} sensors"):
            print(node.log(), flush=True)
            return
        _alarms(guest, checks, told)
        _fans(guest, checks, told)
        _unplugged(guest, checks, told, buses, node)
        checks.that("the agent's log names no crash", "Unhandled" not in node.log(400))
        _memory_modules(guest, checks, buses, node)
        node.stop()
        with open(guest.folder + "/agent.log", "w") as log:
            log.write(node.log(2000))


def _buses(guest):
    """Numbers of the two adapters by what they are."""
    guest.must("for m in i2c-i801 lm75 jc42 adt7475 tmp401 tmp421; do modprobe $m; done; insmod /lib/bench/ina2xx.ko; insmod /lib/bench/ina3221.ko; "
               f"modprobe i2c-stub chip_addr={','.join(f'{a:#x}' for a in STUB)}")
    names = dict(line.split(" ", 1) for line in guest.must("cd /sys/bus/i2c/devices; for b in i2c-*; do echo ${b#i2c-} $(cat $b/name); done").splitlines())
    buses = {kind: next(number for number, name in names.items() if kind in name) for kind in ("I801", "stub")}
    lines = [f"cd /sys/bus/i2c/devices/i2c-{buses['stub']}"]
    for address, (chip, registers) in STUB.items():
        lines += [f"i2cset -y {buses['stub']} {address:#x} {register:#x} {value:#x} {mode}" for register, value, mode in registers]
        lines.append(f"echo {chip} {address:#x} > new_device")
    guest.must("; ".join(lines))
    _currents(guest, buses)
    return buses


def _currents(guest, buses):
    guest.must("; ".join(f"i2cset -y -f {buses['stub']} {address:#x} {register:#x} {((word & 0xff) << 8) | (word >> 8):#x} w"
                         for address, registers in INAS.items() for register, word in registers.items()))


def _readings(guest):
    return json.loads(guest.must("homelab-agent sensors --output json", timeout=120))["readings"]


def _values(guest, checks):
    before = hwmon.raw(guest)
    readings = _readings(guest)
    wrong, compared = hwmon.differences(readings, before, hwmon.raw(guest))
    checks.that("every hwmon reading is its raw file's", not wrong and compared > 80, f"{compared} files of {len({r['device'] for r in readings if r['source'] == 'hwmon'})} chips; {wrong[:3]}")
    found = {(r["device"].split("@")[0], r["name"]): r for r in readings if r["source"] == "hwmon"}
    for chip in sorted({chip for chip, _ in FIGURES}):
        wanted = {name: value for (of, name), value in FIGURES.items() if of == chip}
        checks.equal(f"{chip}: its registers by the datasheet", {name: found.get((chip, name), {}).get("value") for name in wanted}, wanted)
    checks.equal("coretemp: the processor's own thermometer, its labels and its end",
                 [(found["coretemp", n]["label"], found["coretemp", n]["value"]) for n in ("temp1", "temp2", "temp1_crit")], [("Package id 0", 45), ("Core 0", 45), ("Package id 0", 100)])
    checks.equal("nvme: temperature and limits", [(found["nvme", n]["label"], found["nvme", n]["value"]) for n in ("temp1", "temp1_max", "temp1_crit")],
                 [("Composite", 49.85), ("Composite", 69.85), ("Composite", 99.85)])
    checks.equal("nvme: a lower limit of absolute zero is none", found["nvme", "temp1_min"]["quality"], "implausible")
    meter = [(r["name"], r["value"]) for r in readings if r["device"].startswith("unnamed@") or "power_meter" in r["device"]]
    checks.that("meter: the chip without a name of its own is among them", ("power1_cap_max", 400) in meter, f"{meter}")


def _alarms(guest, checks, told):
    def becomes(name, value, *of):
        got, seconds = guest.until(lambda: told.value("hwmon", *of) == value, 20)
        checks.that(name, got, f"{told.reading('hwmon', *of)}, after {seconds:.1f} s")

    checks.equal("nvme: no alarm yet", told.value("hwmon", "nvme", "temp1_alarm"), 0)
    monitor.set("nv0", "smart_critical_warning", 2)
    becomes("nvme: the drive's critical warning, set while the agent streams, is its alarm", 1, "nvme", "temp1_alarm")
    monitor.set("nv0", "smart_critical_warning", 0)
    becomes("nvme: and is over when it is withdrawn", 0, "nvme", "temp1_alarm")
    machine.plant(guest, celsius=97, prochot=1)
    becomes("coretemp: 97 °C", 97, "coretemp", "temp1")
    becomes("coretemp: and its alarm", 1, "coretemp", "temp1_crit_alarm")
    machine.plant(guest, celsius=45, prochot=0)


def _fans(guest, checks, told):
    """FAN0 is switched by the zone's active trip, at 60 °C; FAN1 has steps, and a tachometer in hwmon."""
    guest.poke(machine.ZONE0, round((65 + 273.2) * 10))
    on, seconds = guest.until(lambda: told.value("cooling", "Fan", "fan") == 1, 20)
    checks.that("fan: above the active trip it is on", on and told.value("thermal", "acpitz", "temp") == 65, f"{told.value('cooling', 'Fan', 'fan')} at {told.value('thermal', 'acpitz', 'temp')} °C, after {seconds:.1f} s")
    guest.poke(machine.ZONE0, round((45 + 273.2) * 10))
    off, seconds = guest.until(lambda: told.value("cooling", "Fan", "fan") == 0, 20)
    checks.that("fan: below it is off again", off, f"after {seconds:.1f} s")
    stepped = guest.must("for c in /sys/class/thermal/cooling_device*; do [ \"$(cat $c/type)\" = Fan ] && [ $(cat $c/max_state) -gt 1 ] && echo $c; done; true")
    most = guest.number(stepped + "/max_state")
    seen = []
    for state in (most, most // 2, 0):
        guest.must(f"echo {state} > {stepped}/cur_state")
        rpm = guest.number(f"{hwmon.folder(guest, 'acpi_fan')}/fan1_input")
        guest.until(lambda: told.value("hwmon", "acpi_fan", "fan1") == rpm and _is(told.value("cooling", "Fan#2", "fan"), guest.number(stepped + "/cur_state") / most), 20)
        seen.append((told.value("cooling", "Fan#2", "fan"), told.value("hwmon", "acpi_fan", "fan1"), rpm, guest.number(stepped + "/cur_state") / most))
    checks.that("fan: its steps and its tachometer", all(_is(a, d) and b == c for a, b, c, d in seen) and seen[0][1] > seen[1][1] > seen[2][1],
                f"of {most} steps: " + ", ".join(f"{share:.2f} {rpm:.0f} rpm" for share, rpm, *_ in seen))


def _is(found, expected):
    return found is not None and abs(found - expected) < 1e-5


def _unplugged(guest, checks, told, buses, node):
    stub = f"/sys/bus/i2c/devices/i2c-{buses['stub']}"
    address = guest.must("basename $(readlink -f /sys/class/nvme/nvme0/device)")
    ways = [
        ("lm75", "temp1", 42.5, f"echo 0x48 > {stub}/delete_device", f"echo lm75 0x48 > {stub}/new_device"),
        ("ina226", "power1", 3, f"echo 0x41 > {stub}/delete_device", f"echo ina226 0x41 > {stub}/new_device"),
        ("coretemp", "temp1", 45, "rmmod coretemp_sim", "insmod /lib/bench/coretemp_sim.ko"),
        ("nvme", "temp1", 49.85, f"echo {address} > {DRIVE}/unbind", f"echo {address} > {DRIVE}/bind"),
    ]
    for chip, name, value, away, back in ways:
        guest.until(lambda: told.value("hwmon", chip, name) == value, 20)
        others = {key: reading.value for key, reading in told.of("hwmon").items() if not key[0].startswith(chip + "@")}
        guest.must(away)
        gone, seconds = guest.until(lambda: told.value("hwmon", chip, name) is None, 30)
        reading = told.reading("hwmon", chip, name)
        checks.that(f"unplugged: {chip} leaves no number", gone, f"{'no such sensor' if reading is None else f'{reading.quality}: {reading.detail}'}, after {seconds:.1f} s")
        dropped, seconds = guest.until(lambda: told.reading("hwmon", chip, name) is None and told.of("hwmon"), 30)
        left = {key: reading.value for key, reading in told.of("hwmon").items()}
        moved = [f"{key}: {others[key]} -> {left.get(key)}" for key in others if left.get(key) != others[key] and not key[0].startswith(("unnamed", "power_meter"))]
        checks.that(f"unplugged: without {chip} the inventory is new, and nothing else is touched", dropped and not moved, f"{len(others)} other readings, after {seconds:.1f} s; {moved[:3]}")
        guest.must(back)
        if chip == "ina226":
            _currents(guest, buses)
        # What comes anew is found by the search that comes each so often, here each 3 s.
        found, seconds = guest.until(lambda: told.value("hwmon", chip, name) == value, 40)
        checks.that(f"plugged in: {chip} is found again", found, f"{told.reading('hwmon', chip, name)}, after {seconds:.1f} s")
    guest.must(f"for i in 1 2 3 4 5 6 7 8 9 10; do echo 0x48 > {stub}/delete_device; echo lm75 0x48 > {stub}/new_device; done")
    seen = told.reports
    guest.until(lambda: told.reports > seen + 2, 30)
    found, seconds = guest.until(lambda: told.value("hwmon", "lm75", "temp1") == 42.5, 40)
    checks.that("plugged out and in ten times in a row: it is read", found, f"after {seconds:.1f} s")
    checks.that("the agent has run through all of it", node.is_running())


def _memory_modules(guest, checks, buses, node):
    """Reading an EEPROM of a memory module harms none, writing one can end it: the agent does neither, and would not if it were told to."""
    bus = buses["I801"]
    trace = f"grep -c 'smbus_[a-z]*: i2c-{bus} ' /sys/kernel/tracing/trace"
    checks.equal("memory modules: the second bus is there and was never spoken to", guest.sh(trace)[1], "0")
    guest.must(f"i2cget -y {bus} 0x50 2")
    checks.that("memory modules: which the trace would have shown", int(guest.sh(trace)[1]) > 0, guest.sh(f"grep 'smbus_[a-z]*: i2c-{bus} ' /sys/kernel/tracing/trace | tail -1")[1].strip())
    guest.must("echo > /sys/kernel/tracing/trace")
    guest.must(f"printf 'node: bench\\ni2c:\\n  monitors: ina226@{bus}-0x50 shunt=10mOhm\\n' > /tmp/eeprom.yaml")
    status, text = guest.sh("homelab-agent config check --config /tmp/eeprom.yaml", timeout=60)
    checks.that("memory modules: one named as a power monitor is refused", status == 2 and "0x50" in text, text.splitlines()[-1] if text else "")
    guest.must(f"printf 'node: bench\\ni2c:\\n  monitors: ina226@{bus}-0x40 shunt=10mOhm\\n' > /tmp/absent.yaml")
    readings = json.loads(guest.must("homelab-agent sensors --output json --config /tmp/absent.yaml", timeout=120))["readings"]
    own = {r["name"]: (r["value"], r["quality"], r["detail"]) for r in readings if r["source"] == "i2c"}
    checks.that("memory modules: a monitor that is not on this bus has no figure", own and all(value is None for value, _, _ in own.values()), f"{own.get('power')}")
    writes = guest.sh(f"grep -c 'smbus_write: i2c-{bus} ' /sys/kernel/tracing/trace")[1]
    checks.equal("memory modules: and nothing was written to it", writes, "0")
