"""RAPL limits through powercap: quantised, clamped before they are written, read back, and accounted as they stand."""
import time

import machine
from capping import WATT_STEP_UW, enforcing
from machine import PL1, PL2
from writes import listed


def run(guest, checks):
    machine.load(guest)
    with enforcing(guest, ["rapl"]) as bench:
        if not bench.start(checks):
            return
        _held(bench, checks)
        _never_absurd(bench, checks)
        _rewritten(bench, checks)
        _swallowed(bench, checks)
        _locked_later(bench, checks)
        _stopped(bench, checks)


def _held(bench, checks):
    bench.writes.forget()
    for watts in (80, 70.06, 90):
        answer = bench.hold(watts)
        limit = bench.guest.number(PL1)
        checks.that(f"{watts} W: PL1 is lowered to a whole eighth of a watt", 0 < limit < 125_000_000 and limit % WATT_STEP_UW == 0, f"{limit / 1e6:.3f} W")
        checks.that(f"{watts} W: bursts are held, too", limit <= bench.guest.number(PL2) < 135_000_000, f"PL2 {bench.guest.number(PL2) / 1e6:.3f} W")
        bench.accounted(checks, f"{watts} W: accounted as read back", answer, at_most=watts)
        # What is learned of the rest of the machine errs on the high side and comes down in some tens of seconds.
        near, seconds = bench.guest.until(lambda: _is_limit_and_rest(bench), 30, 1)
        checks.that(f"{watts} W: what is accounted is the limit and the rest of the machine, within 3 W", near,
                    f"{bench.granter.last}; PL1 {bench.guest.number(PL1) / 1e6:.3f} W and 15 W, after {seconds:.0f} s")
    seen = bench.writes.seen()
    # Two files a limit, and the rest of the machine is learned watt by watt meanwhile.
    checks.that("three caps in a row take few writes", 3 <= len(seen) <= 48, listed(seen))
    time.sleep(10)
    bench.writes.forget()
    time.sleep(15)
    checks.that("a cap that is only renewed takes next to none: at most 4 in 15 s", len(bench.writes.seen()) <= 4, listed(bench.writes.seen()))


def _is_limit_and_rest(bench):
    answer = bench.granter.last
    return answer is not None and answer.effective is not None and abs(answer.effective - bench.guest.number(PL1) / 1e6 - 15) <= 3


def _never_absurd(bench, checks):
    """The kernel takes 0 and wraps 4096 W to 0: only the agent stands between a mistake and a machine at a standstill."""
    machine.plant(bench.guest, lowest_pl1_uw=10**12, highest_pl1_uw=0, lowest_pl2_uw=10**12, highest_pl2_uw=0)
    bench.writes.forget()
    answer = bench.hold(1)
    bench.accounted(checks, "1 W: held as low as it goes, and that much accounted", answer)
    checks.that("1 W: said not to be what was asked", answer is not None and answer.result in ("adjusted", "rejected", "ineffective"), str(answer))
    for watts in (4096 + 15, 99_999):
        answer = bench.hold(watts)
        bench.accounted(checks, f"{watts} W: accounted", answer)
    seen = [w for w in bench.writes.seen() if w.kind == "limit"]
    worst = [w for w in seen if not 1_000_000 <= w.number <= 135_000_000]
    checks.that("nothing was written below 1 W or above what the machine came with", seen and not worst, listed(worst or seen))
    lowest, highest = (bench.guest.number(f"{machine.PLANT}/{name}") for name in ("lowest_pl1_uw", "highest_pl1_uw"))
    checks.that("nor did the register ever hold such a value", lowest >= 20_000_000 and highest <= 125_000_000, f"PL1 {lowest / 1e6:g} to {highest / 1e6:g} W")


def _rewritten(bench, checks):
    bench.hold(80)
    bench.guest.write(PL1, 110_000_000)
    back, seconds = bench.guest.until(lambda: bench.guest.number(PL1) <= 65_000_000, 15)
    checks.that("rewritten by somebody else: written again", back, f"PL1 {bench.guest.number(PL1) / 1e6:g} W after {seconds:.1f} s")
    answer = bench.granter.settled(0)
    bench.accounted(checks, "and accounted", answer, at_most=80)


def _swallowed(bench, checks):
    """Firmware that says yes and keeps the old limit."""
    machine.plant(bench.guest, swallow=1)
    before = bench.guest.number(PL1)
    answer = bench.hold(60)
    checks.equal("swallowed: the limit stands where it was", bench.guest.number(PL1), before)
    bench.accounted(checks, "swallowed: the old limit is accounted, not the new one", answer)
    checks.that("swallowed: said so", answer is not None and answer.result in ("adjusted", "ineffective"), str(answer))
    machine.plant(bench.guest, swallow=0)


def _locked_later(bench, checks):
    # A limiter that failed is left alone for minutes: this one is for a fresh agent.
    bench.node.stop()
    if not bench.start(checks, "locked later: a fresh agent enforces"):
        return
    bench.accounted(checks, "locked later: first it holds 80 W", bench.hold(80), at_most=80)
    machine.plant(bench.guest, lock=1)
    before = bench.guest.number(PL1)
    bench.writes.forget()
    answer = bench.hold(55)
    checks.equal("locked later: the limit stands where it was", bench.guest.number(PL1), before)
    bench.accounted(checks, "locked later: the old limit is accounted", answer)
    checks.that("locked later: said so", answer is not None and answer.result in ("adjusted", "ineffective", "denied"), str(answer))
    time.sleep(5)
    seen = bench.writes.seen()
    checks.that("locked later: not hammered at", len(seen) <= 6, listed(seen))
    machine.plant(bench.guest, lock=0)


def _stopped(bench, checks):
    seconds = bench.node.stop()
    checks.that("a clean stop ends within 15 s", seconds is not None and seconds < 15, f"{seconds} s")
    checks.same("and every limit is back as it was", machine.limits(bench.guest), bench.originals)
    checks.near("the plant draws what it likes again", bench.guest.until(lambda: bench.drawn() > 100, 5) and bench.drawn(), 105, 0.1, " W")
