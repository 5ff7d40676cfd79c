"""The kernel's thermal governor holds the ceiling lower than the agent asked: accounted, not fought, and over when it is cool."""
import time

import machine
from capping import enforcing
from machine import CEILING
from writes import listed


def run(guest, checks):
    machine.load(guest, rapl=False)
    machine.busy(guest)
    with enforcing(guest, ["cpufreq"]) as bench:
        if not bench.start(checks):
            return
        bench.watch(12)
        bench.granter.hold(80)
        held, _ = guest.until(lambda: guest.number(CEILING) == 2_400_000, 30)
        before, _ = guest.until(lambda: bench.granter.last.effective is not None and 70 < bench.granter.last.effective <= 80 and bench.granter.last, 10)
        checks.that("80 W stand at 2.4 GHz", held and bool(before), str(before or bench.granter.last))
        bench.writes.forget()
        machine.heat(guest, 80)
        throttled, seconds = guest.until(lambda: guest.number(CEILING) == 1_200_000, 20)
        checks.that("hot: the kernel lowers the ceiling to 1.2 GHz", throttled, f"{seconds:.1f} s")
        time.sleep(6)
        answer = bench.granter.last
        checks.that("hot: the lower cap is accounted", answer.effective is not None and answer.effective < 70, str(answer))
        bench.accounted(checks, "hot: and covers what is drawn", answer, at_most=80)
        seen = bench.writes.seen()
        checks.that("hot: not fought", len(seen) <= 2, listed(seen))
        bench.writes.forget()
        machine.heat(guest, 25)
        back, seconds = guest.until(lambda: guest.number(CEILING) == 2_400_000, 30)
        checks.that("cool: the cap's own ceiling stands again", back, f"{seconds:.1f} s")
        answer, _ = guest.until(lambda: bench.granter.last.effective is not None and bench.granter.last.effective > 70 and bench.granter.last, 20)
        bench.accounted(checks, "cool: and is accounted again", answer or bench.granter.last, at_most=80)
        checks.that("cool: accounted as before", bool(answer), str(bench.granter.last))
        machine.heat(guest, 80)
        guest.until(lambda: guest.number(CEILING) == 1_200_000, 20)
        bench.node.stop()
        machine.heat(guest, 25)
        guest.until(lambda: guest.number(CEILING) != 1_200_000, 20)
        checks.same("stopped while hot: once cool, every limit is as it was", machine.limits(guest), bench.originals)
