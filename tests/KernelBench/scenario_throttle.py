"""One throttle model: heat, a power limit and a ceiling, made real in the kernel, as cause, now, since boot and seconds on the wire; and the last trip."""
import time

import machine
from granter import Granter
from machine import CEILING, PL1
from node import Node

OFF = "/bin/bench-off"


def run(guest, checks):
    machine.load(guest)
    with Granter(guest.folder + "/granter.log") as granter:
        node = Node(guest, granter.port)
        node.configure(enforce=False)
        node.start()
        told = granter.told
        # RAPL needs two looks for its watts.
        if not checks.that("the agent streams", guest.until(lambda: told.throttled("power") is not None, 60)[0], f"{told.throttles}"):
            print(node.log(), flush=True)
            return
        states = {cause: told.throttles[cause] for cause in sorted(told.throttles)}
        checks.equal("at rest: what can be told is no, and the rest is absent", {cause: (s.now, s.seconds) for cause, s in states.items()},
                     {"frequency_cap": (False, 0), "power": (False, 0), "thermal": (False, 0)})
        _heat(guest, checks, told)
        _ceiling(guest, checks, told)
        _limit(guest, checks, told)
        with open(guest.folder + "/agent.log", "w") as log:
            log.write(node.log(2000))
        _critical(guest, checks, told, node)


def _holds(guest, checks, told, cause, claim):
    """Waits for the cause to hold, and then counts its seconds against the agent's own clock over at least three reports."""
    held, seconds = guest.until(lambda: told.throttled(cause), 30)
    if not checks.that(claim, held, f"{told.throttles.get(cause)}, after {seconds:.1f} s"):
        return
    before = _look(guest, told, cause)
    after, _ = guest.until(lambda: (look := _look(guest, told, cause))[2] >= before[2] + 3 and look, 30)
    if not after:
        checks.that(f"{cause}: reports go on", False)
        return
    gained, passed = after[0] - before[0], after[1] - before[1]
    checks.that(f"{cause}: its seconds are those that passed", passed > 1 and abs(gained - passed) < 1e-3, f"{gained:.3f} s of {passed:.3f} s")


def _over(guest, checks, told, cause, claim):
    """Waits for it to end; then its seconds stand."""
    gone, seconds = guest.until(lambda: told.throttled(cause) is False, 30)
    checks.that(claim, gone, f"{told.throttles.get(cause)}, after {seconds:.1f} s")
    before = _look(guest, told, cause)
    after, _ = guest.until(lambda: (look := _look(guest, told, cause))[2] >= before[2] + 2 and look, 30)
    checks.that(f"{cause}: its seconds stand, and that it held is remembered", after and after[0] == before[0] and told.throttles[cause].since_boot, f"{told.throttles.get(cause)}")


def _look(guest, told, cause):
    """Seconds held, the agent's clock and the report's number, all of one report."""
    while True:
        number = told.reports
        look = (told.throttles[cause].seconds, told.seconds, number)
        if told.reports == number and not told.is_taking:
            return look
        time.sleep(0.01)


def _heat(guest, checks, told):
    machine.heat(guest, 80)
    throttled, seconds = guest.until(lambda: guest.number(CEILING) == 1_200_000, 20)
    checks.that("hot: 80 °C against a passive trip of 70, and the kernel slows the processor", throttled, f"1.2 GHz after {seconds:.1f} s")
    _holds(guest, checks, told, "thermal", "hot: the cause is thermal, now")
    checks.equal("hot: the zone beside its trip", (told.value("thermal", "acpitz#2", "temp"), told.value("thermal", "acpitz#2", "trip_point_1")), (80, 70))
    checks.that("hot: the clocks' ceiling is told beside it, a power limit is not", told.throttled("frequency_cap") and told.throttled("power") is False, f"{told.throttles}")
    machine.heat(guest, 25)
    _over(guest, checks, told, "thermal", "cool: thermal is over")
    guest.until(lambda: told.throttled("frequency_cap") is False, 20)


def _ceiling(guest, checks, told):
    before = told.throttles["thermal"]
    guest.must(f"echo 1200000 > {CEILING}")
    _holds(guest, checks, told, "frequency_cap", "a ceiling of 1.2 GHz, written by somebody: the cause is frequency_cap")
    checks.equal("frequency_cap: and is not taken for heat", told.throttles["thermal"], before)
    guest.must(f"echo 3600000 > {CEILING}")
    _over(guest, checks, told, "frequency_cap", "lifted: frequency_cap is over")


def _limit(guest, checks, told):
    guest.must(f"echo 60000000 > {PL1}")
    guest.until(lambda: guest.number(machine.PLANT + "/package_uw") == 60_000_000, 10)
    _holds(guest, checks, told, "power", "a package that draws all of its 60 W limit: the cause is power")
    checks.that("power: and no other", not told.throttled("thermal") and not told.throttled("frequency_cap"), f"{told.throttles}")
    machine.plant(guest, demand_uw=30_000_000)
    _over(guest, checks, told, "power", "30 W below that limit: power is over")
    machine.plant(guest, fail=1)
    unknown, seconds = guest.until(lambda: "power" in told.throttles and told.throttled("power") is None, 20)
    checks.that("a counter that can not be read: whether power holds is unknown, not no", unknown, f"{told.throttles.get('power')}, after {seconds:.1f} s")
    machine.plant(guest, fail=0, demand_uw=90_000_000)
    guest.must(f"echo 125000000 > {PL1}")
    known, seconds = guest.until(lambda: told.throttled("power") is False, 20)
    checks.that("readable again: it is told again", known, f"{told.throttles.get('power')}, after {seconds:.1f} s")


def _critical(guest, checks, told, node):
    """The kernel starts an orderly power-off. Its program is ours here, and lets the agent go on until the bench has heard of it."""
    guest.must(f"printf '#!/bin/sh\\ntouch /tmp/off\\nwhile [ ! -e /tmp/go ]; do sleep 0.1; done\\nkill -TERM {node.pid}\\nwhile readlink /proc/{node.pid}/exe; do sleep 0.1; done\\npoweroff -f\\n' > {OFF}; "
               f"chmod +x {OFF}; echo {OFF} > /proc/sys/kernel/poweroff_cmd")
    machine.heat(guest, 98)
    near, _ = guest.until(lambda: told.value("thermal", "acpitz#2", "temp") == 98, 20)
    checks.that("critical: 98 °C is told, 2 °C below the zone's last trip", near and told.value("thermal", "acpitz#2", "trip_point_0") == 100, f"{told.value('thermal', 'acpitz#2', 'temp')} °C of {told.value('thermal', 'acpitz#2', 'trip_point_0')} °C")
    machine.heat(guest, 106)
    begun, seconds = guest.until(lambda: guest.sh("[ -e /tmp/off ]")[0] == 0, 30)
    checks.that("critical: the kernel shuts the machine down", begun, f"after {seconds:.1f} s")
    over, seconds = guest.until(lambda: told.value("thermal", "acpitz#2", "temp") == 106, 20)
    checks.that("critical: what it died of is told before it is off", over and told.throttled("thermal"), f"{told.value('thermal', 'acpitz#2', 'temp')} °C, {told.throttles.get('thermal')}")
    guest.sh("touch /tmp/go")
    off = guest.goes_off(60)
    with open(guest.console, errors="replace") as console:
        words = [line.strip() for line in console if "HARDWARE PROTECTION" in line]
    checks.that("critical: and then it is off", off and words, words[0] if words else "the console says nothing of it")
