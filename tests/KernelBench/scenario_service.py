"""The agent as systemd's service, by the units that are installed: a real systemd with its sandbox between the agent and the kernel's interfaces."""
import json
import os
import re

import bmc
import machine
from granter import Granter
from machine import PL1
from node import CONFIG, STATE, Node

LAYERS = ("system.gz",)
UNITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "systemd")
DROP_INS = "/etc/systemd/system/homelab-agent.service.d"
READ_SEARCH, OVERRIDE = 1 << 2, 1 << 1   # capabilities by their bits
MONITOR = "ina226@0-0x41"

controller = bmc.Bmc(watts=146)


def devices():
    return controller.devices()


def run(guest, checks):
    machine.load(guest)
    # Without udev the nodes have the kernel's modes: those of its rules are given here.
    guest.must("modprobe ipmi_si; modprobe ipmi_devintf; insmod /lib/bench/bench_i2c.ko; insmod /lib/bench/coretemp_sim.ko")
    guest.must("; ".join(f"echo '41 {number:x} {word:04x}' > /sys/module/bench_i2c/parameters/register"
                         for number, word in ((2, 9600), (1, 4000), (4, 4000), (3, 480), (6, 8), (0xfe, 0x5449), (0xff, 0x2260))))
    guest.must("for n in /dev/i2c-*; do chgrp i2c $n; chmod 660 $n; done")
    originals = machine.limits(guest)
    with Granter(guest.folder + "/granter.log") as granter:
        node = Node(guest, granter.port)
        guest.must(f"rmdir {STATE}")
        _install(guest, "homelab-agent.service", "/etc/systemd/system/homelab-agent.service")
        node.configure(enforce=False, extra=["i2c:", f"  monitors: {MONITOR} shunt=10mOhm"])
        try:
            _observes(guest, checks, granter.told)
            _devices(guest, checks, granter.told)
            _refuses(guest, checks)
            node.configure(actuators=["rapl", "cpufreq"])
            _shut(guest, checks, granter, originals)
            _enforces(guest, checks, granter, originals)
        finally:
            with open(guest.folder + "/agent.log", "w") as log:
                log.write(_journal(guest, 2000))


def _observes(guest, checks, told):
    code, output = guest.sh("systemctl start homelab-agent", 90)
    if not checks.that("the unit starts: systemd waits for READY=1, which the first pass sends", code == 0, output or _show(guest, "ActiveState")):
        print(_journal(guest), flush=True)
        raise RuntimeError("the service does not start")
    status = dict(line.split(":", 1) for line in guest.must(f"cat /proc/{_show(guest, 'MainPID')}/status").splitlines() if ":" in line)
    uid, capabilities = int(status["Uid"].split()[0]), int(status["CapEff"], 16)
    checks.equal("it is a user of its own, with one capability, and can get no more", (uid > 60000, capabilities, status["NoNewPrivs"].strip(), status["Seccomp"].strip()),
                 (True, READ_SEARCH, "1", "2"))
    guest.until(lambda: told.reports >= 5, 60)
    root = {(r["source"], r["device"], r["name"]) for r in json.loads(guest.must("homelab-agent sensors --output json", timeout=120))["readings"] if r["quality"] == "ok"}
    ok = {(s, d, n) for s, d, n in told.sensors if (told.of(s).get((d, n)) or (None, None))[1] == "ok"}
    # The monitor's bus is shut until the operator opens it.
    missing = sorted(key for key in root - ok if key[0] != "i2c")
    checks.that("it reads all that root reads, through its sandbox", len(root) > 40 and not missing, f"{len(root)} readings of {', '.join(sorted({k[0] for k in root}))}; {missing[:4]}")
    checks.equal("among them what is root's alone: energy counters and the controller's watts",
                 [told.reading(*key).quality for key in (("powercap", "intel-rapl:0", "energy"), ("ipmi", "ipmi0", "power"))], ["ok", "ok"])
    checks.that("its words are in the journal", "homelab-agent" in _journal(guest), _journal(guest, 1)[-160:])


def _devices(guest, checks, told):
    monitor = told.reading("i2c", MONITOR, "power")
    checks.equal("a bus that the unit does not name is shut", monitor and monitor.quality, "denied")
    _install(guest, "homelab-agent-devices.conf", DROP_INS + "/devices.conf")
    guest.must("systemctl daemon-reload; systemctl restart homelab-agent", 90)
    opened, seconds = guest.until(lambda: told.value("i2c", MONITOR, "power") == 3, 60)
    checks.that("homelab-agent-devices.conf opens it", opened, f"{told.value('i2c', MONITOR, 'power')} W after {seconds:.1f} s")


def _refuses(guest, checks):
    """A configuration that is wrong is an end, not a loop."""
    good = guest.must(f"cp {CONFIG} /tmp/good; cat {CONFIG}")
    guest.must(f"printf 'interval:\\n  sample: soon\\n' >> {CONFIG}")
    guest.sh("systemctl restart homelab-agent", 90)
    ended, _ = guest.until(lambda: _show(guest, "ActiveState") == "failed", 20)
    said = next((line for line in _journal(guest, 20).splitlines() if "interval.sample" in line), "")
    checks.equal("a wrong configuration ends it, once", (bool(ended), _show(guest, "ExecMainStatus"), _show(guest, "NRestarts")), (True, "2", "0"))
    checks.that("and the journal names file, key and mend", CONFIG in said, re.sub(r"^.*?\]: ", "", said))
    guest.must(f"cp /tmp/good {CONFIG}")
    checks.that("the good one was restored", guest.must(f"cat {CONFIG}") == good)


def _shut(guest, checks, granter, originals):
    """Enforcement is asked for in the file, and the unit says no."""
    granter.range = None
    guest.must("systemctl restart homelab-agent", 90)
    guest.until(lambda: granter.range is not None, 60)
    found = granter.range
    checks.that("asked to enforce by its file alone, it says that it can not", found is not None and not found.enforcing, found.detail if found else "nothing heard")
    granter.hold(70, safe=60)
    granter.wait(lambda a: False, 3)
    granter.fall_silent()
    checks.same("and nothing is written", machine.limits(guest), originals)


def _enforces(guest, checks, granter, originals):
    _install(guest, "homelab-agent-enforce.conf", DROP_INS + "/enforce.conf")
    granter.range = None
    guest.must("systemctl daemon-reload; systemctl restart homelab-agent", 90)
    guest.until(lambda: granter.range is not None, 60)
    found = granter.range
    if not checks.that("with homelab-agent-enforce.conf it can", found is not None and found.enforcing, found.detail if found else "nothing heard"):
        print(_journal(guest), flush=True)
        return
    status = guest.must(f"grep -E 'Uid|CapEff' /proc/{_show(guest, 'MainPID')}/status").split()
    checks.equal("still no root", (int(status[1]) > 60000, int(status[-1], 16)), (True, READ_SEARCH | OVERRIDE))
    answer = granter.settled(granter.hold(70, safe=60))
    checks.that("a cap is held through the sandbox", answer is not None and answer.effective is not None and answer.effective <= 70 and guest.number(PL1) < 125_000_000,
                f"{answer}; PL1 {guest.number(PL1) / 1e6:g} W")

    hellos, before = granter.hellos, _show(guest, "MainPID")
    guest.must("systemctl kill -s KILL homelab-agent")
    back, seconds = guest.until(lambda: granter.hellos > hellos, 60)
    checks.that("killed, systemd has it back well within the 60 s that the aggregator counts on its last cap", back and seconds < 30, f"{seconds:.1f} s")
    answer = granter.wait(lambda a: a.effective is not None and a.effective <= 70, 20)
    checks.that("and it holds again", answer is not None and _show(guest, "MainPID") != before, str(answer))

    hellos = granter.hellos
    guest.must(f"kill -STOP {_show(guest, 'MainPID')}")
    back, seconds = guest.until(lambda: granter.hellos > hellos, 90)
    checks.that("standing still, the watchdog ends it and it is back within those 60 s", back and seconds < 60, f"{seconds:.1f} s; {_show(guest, 'NRestarts')} restarts")
    answer = granter.wait(lambda a: a.effective is not None and a.effective <= 70, 20)
    checks.that("and holds", answer is not None, str(answer))

    guest.must("systemctl stop homelab-agent", 60)
    checks.same("systemctl stop: every limit is back as it was", machine.limits(guest), originals)
    checks.equal("and it ended well", (_show(guest, "ActiveState"), _show(guest, "Result")), ("inactive", "success"))


def _install(guest, unit, into):
    with open(os.path.join(UNITS, unit)) as source:
        guest.must(f"mkdir -p {os.path.dirname(into)}; cat > {into} <<'END'\n{source.read()}\nEND")


def _show(guest, name):
    return guest.must(f"systemctl show --value -p {name} homelab-agent")


def _journal(guest, lines=40):
    return guest.sh(f"journalctl --no-pager -q -n {lines} -u homelab-agent")[1]
