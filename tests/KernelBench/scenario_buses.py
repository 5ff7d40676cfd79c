"""Power monitors and GPIO lines by the agent's own bindings, beside the kernel's drivers: the same registers, the same figures."""
import json

# By address: the chip, and its registers as the datasheet numbers them. The last two are what a chip says that it is.
CHIPS = {
    0x40: ("ina219", {2: 0x5dc2, 1: 0x04d2, 4: 0x04d2, 3: 740}),
    0x41: ("ina226", {2: 9600, 1: 4000, 4: 4000, 3: 480, 0xfe: 0x5449, 0xff: 0x2260}),
    0x42: ("ina3221", {1: 2000, 2: 12000, 3: 0x0320, 4: 0x2ee0, 5: 0xf380, 6: 0x1f40, 0xfe: 0x5449, 0xff: 0x3220}),
}
MONITORS = "ina219@0-0x40 shunt=10mOhm, ina226@0-0x41 shunt=10mOhm label=node1 role=input, ina3221@0-0x42 shunt=10mOhm"
SIM = "/sys/kernel/config/gpio-sim/bench"


def run(guest, checks):
    guest.must("hostname bench; mkdir -p /etc/homelab; modprobe i2c-dev; modprobe i2c-stub chip_addr=0x40,0x41,0x42; insmod /lib/bench/ina2xx.ko; insmod /lib/bench/ina3221.ko")
    adapter = "cd /sys/bus/i2c/devices/i2c-0; "
    guest.must(adapter + "; ".join(f"echo {chip} {address:#x} > new_device" for address, (chip, _) in CHIPS.items()))
    _registers(guest)
    kernel = {chip: _hwmon(guest, chip) for chip, _ in CHIPS.values()}

    _configure(guest, f"i2c:\\n  monitors: {MONITORS}\\n")
    held = [r["device"] for r in _sensors(guest) if r["source"] == "i2c"]
    checks.equal("i2c: chips that the kernel's drivers have are left to them", held, [])

    guest.must(adapter + "; ".join(f"echo {address:#x} > delete_device" for address in CHIPS))
    fresh = _by_name(_sensors(guest))
    checks.equal("i2c: a chip that was set up just now has no figure yet", (fresh["ina226@0-0x41", "power"]["value"], fresh["ina226@0-0x41", "power"]["quality"]), (None, "fault"))
    own = _by_name(_sensors(guest))
    _same(checks, own, kernel)
    checks.equal("i2c: the rail that feeds the machine is named so", own["ina226@0-0x41", "power"]["label"], "VDD_IN")
    _lines(guest, checks)
    _unplug(guest, checks)


def _same(checks, own, kernel):
    wanted = {}
    for device, chip in (("ina219@0-0x40", "ina219"), ("ina226@0-0x41", "ina226")):
        for name, file, unit in (("voltage", "in1", 1e3), ("current", "curr1", 1e3), ("power", "power1", 1e6)):
            wanted[device, name] = kernel[chip][file + "_input"] / unit
    for n in (1, 2, 3):
        wanted["ina3221@0-0x42", f"voltage{n}"] = kernel["ina3221"][f"in{n}_input"] / 1e3
        wanted["ina3221@0-0x42", f"current{n}"] = kernel["ina3221"][f"curr{n}_input"] / 1e3
        # The driver's in4 to in6 are microvolts, whatever the ABI says of their name.
        wanted["ina3221@0-0x42", f"shunt_voltage{n}"] = kernel["ina3221"][f"in{n + 3}_input"] / 1e6
    for (device, name), value in wanted.items():
        checks.equal(f"i2c: {device} {name}, our driver and the kernel's agree to the last digit", own[device, name]["value"], value)
    # The kernel's driver rounds to millivolts here.
    checks.equal("i2c: the shunt's voltage keeps all its digits", (own["ina219@0-0x40", "shunt_voltage"]["value"], kernel["ina219"]["in0_input"]), (0.01234, 12))


def _lines(guest, checks):
    guest.must("modprobe configfs; mount -t configfs c /sys/kernel/config; insmod /lib/bench/irq_sim.ko; insmod /lib/bench/gpio-sim.ko")
    guest.must(f"mkdir {SIM} {SIM}/b; echo 8 > {SIM}/b/num_lines; echo bench-lines > {SIM}/b/label; echo 1 > {SIM}/live")
    chip = guest.must(f"cat {SIM}/b/chip_name")
    lines = f"/sys/devices/platform/{guest.must(f'cat {SIM}/dev_name')}/{chip}"
    _configure(guest, f"aggregator: http://127.0.0.1:1\\ni2c:\\n  monitors: ina226@0-0x41 shunt=10mOhm alert=bench-lines:2\\ngpio:\\n  statusLamp: {chip}:3\\n")
    guest.must(f"echo pull-up > {lines}/sim_gpio2/pull")
    _watch(guest)
    guest.until(lambda: _watched(guest, "alert").get("value") == 0, 30)
    for pull in ("pull-down", "pull-up", "pull-down", "pull-up", "pull-down"):
        guest.must(f"echo {pull} > {lines}/sim_gpio2/pull")
    guest.until(lambda: _watched(guest, "alerts").get("value") == 3, 20)
    checks.equal("gpio: each pull of the ALERT line counts, also between looks", [_watched(guest, name)["value"] for name in ("alert", "alerts")], [1, 3])
    checks.that("gpio: the line says who has it", "(homelab-agent" in guest.must("cat /sys/kernel/debug/gpio"))
    second = _by_name(_sensors(guest))["ina226@0-0x41", "alert"]
    checks.that("gpio: a second program is told that the line is taken", second["value"] is None and "EBUSY" in second["detail"], f"{second['quality']}: {second['detail']}")
    _stop(guest)

    guest.must("homelab-agent run > /tmp/run.log 2>&1 &")
    guest.until(lambda: guest.must(f"cat {lines}/sim_gpio3/value") == "1", 30)
    seen = {guest.must(f"sleep 0.2; cat {lines}/sim_gpio3/value") for _ in range(12)}
    checks.equal("gpio: the lamp of an agent without its aggregator blinks", sorted(seen), ["0", "1"])
    _stop(guest)
    checks.equal("gpio: it is dark once the agent has stopped", guest.must(f"cat {lines}/sim_gpio3/value"), "0")
    _vanished(guest, checks, chip)


def _vanished(guest, checks, chip):
    """The lines' chip goes away while one of them is held."""
    _configure(guest, "i2c:\\n  monitors: ina226@0-0x41 shunt=10mOhm alert=bench-lines:2\\n")
    _watch(guest)
    held, _ = guest.until(lambda: _watched(guest, "alert").get("quality") == "ok", 30)
    guest.must(f"echo 0 > {SIM}/live")
    gone, seconds = guest.until(lambda: _watched(guest, "alert").get("value", 0) is None, 30)
    last = _watched(guest, "alert")
    checks.that(f"gpio: {chip} is unplugged while its line is held: no level is told", held and gone, f"{last.get('quality')}: {last.get('detail')}, after {seconds:.1f} s")
    _stop(guest)


def _unplug(guest, checks):
    _configure(guest, "i2c:\\n  monitors: ina226@0-0x41 shunt=10mOhm\\n")
    _watch(guest)
    read, _ = guest.until(lambda: _watched(guest, "power").get("quality") == "ok", 30)
    guest.must("rmmod i2c-stub")
    guest.until(lambda: _watched(guest, "power").get("value", 0) is None, 30)
    power = _watched(guest, "power")
    checks.equal("i2c: an adapter that is unplugged while it is read leaves no number", (read, power.get("value"), power.get("quality")), (True, None, "fault"))
    _stop(guest)


def _registers(guest):
    """The chips' registers are big-endian, SMBus words little-endian; the drivers write their own at probe, so ours come after it."""
    for address, (_, registers) in CHIPS.items():
        for register, word in registers.items():
            guest.must(f"i2cset -y -f 0 {address:#x} {register:#x} {((word & 0xff) << 8) | (word >> 8):#x} w")


def _configure(guest, text):
    guest.must(f"printf '{text}' > /etc/homelab/agent.yaml")


def _watch(guest):
    guest.must("rm -f /tmp/watch; homelab-agent sensors --watch --output json > /tmp/watch 2>&1 &")


def _watched(guest, name):
    """The newest reading of this name by our own driver; empty while there is none. The last line may be half written."""
    whole = [line for line in guest.sh("tail -n 2 /tmp/watch")[1].splitlines() if line.startswith("{") and line.endswith("}")]
    return next((r for r in json.loads(whole[-1])["readings"] if (r["source"], r["name"]) == ("i2c", name)), {}) if whole else {}


def _stop(guest):
    guest.must("kill $(pidof homelab-agent); for i in 1 2 3 4 5 6; do pidof homelab-agent >/dev/null || exit 0; sleep 1; done; exit 1")


def _hwmon(guest, chip):
    listing = guest.must(f"cd $(dirname $(grep -lx {chip} /sys/class/hwmon/hwmon*/name)); for f in *_input; do echo $f $(cat $f); done")
    return {name: int(value) for name, value in (line.split() for line in listing.splitlines())}


def _sensors(guest):
    return json.loads(guest.must("homelab-agent sensors --output json", timeout=120))["readings"]


def _by_name(readings):
    return {(r["device"], r["name"]): r for r in readings if r["source"] == "i2c"}
