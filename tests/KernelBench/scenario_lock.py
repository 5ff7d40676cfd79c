"""RAPL limits locked by the BIOS when the driver looks: nothing to be had there, so the clocks have to do it."""
import machine
from capping import enforcing
from machine import CEILING, PL1
from writes import listed


def run(guest, checks):
    machine.load(guest, plant="lock=1")
    machine.busy(guest)
    checks.that("the driver says that the BIOS locked the limits", "locked by BIOS" in guest.must("dmesg"))
    with enforcing(guest, ["rapl", "cpufreq"]) as bench:
        if not bench.start(checks, "the agent enforces, if not by RAPL"):
            return
        bench.hold(80)
        guest.until(lambda: bench.drawn() <= 80, 30)
        checks.equal("80 W: PL1 stands where it was", guest.number(PL1), 125_000_000)
        checks.that("80 W: the ceiling does it", guest.number(CEILING) <= 2_400_000, f"{guest.number(CEILING) / 1e6:g} GHz")
        answer = bench.granter.wait(lambda a: a.effective is not None and a.effective <= 80, 30)
        bench.accounted(checks, "80 W: accounted", answer or bench.granter.last, at_most=80)
        tries = [w for w in bench.writes.seen() if w.kind == "limit"]
        checks.that("the lock is not hammered at", len(tries) <= 3, listed(tries))
        bench.node.stop()
        checks.same("a clean stop restores", machine.limits(guest), bench.originals)
    _rapl_alone(guest, checks)


def _rapl_alone(guest, checks):
    checks.scenario = "lock, rapl alone"
    guest.must("rm -rf /var/lib/homelab-agent/*")
    with enforcing(guest, ["rapl"]) as bench:
        bench.node.start()
        guest.until(lambda: bench.granter.range is not None and bench.granter.reports > 1, 60)
        answer = bench.hold(80)
        found = bench.granter.range
        says_no = found is not None and not found.enforcing
        checks.that("a node with nothing but a locked limiter never says that it is held", answer is not None and (says_no or answer.effective is None or answer.effective >= bench.drawn() - 0.5),
                    f"enforcing {found.enforcing if found else None}, {found.detail if found else ''}; {answer}")
        bench.node.stop()
        checks.same("and every limit is as it was", machine.limits(guest), bench.originals)
