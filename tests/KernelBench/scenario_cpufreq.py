"""Clocks as the only way to watts, on a driver that rounds what it is asked down to its ladder."""
import machine
from capping import enforcing
from machine import CEILING
from writes import listed

LADDER = {800_000: 42.8, 1_200_000: 51.7, 2_400_000: 78.3, 3_600_000: 105.0}   # kHz: what the plant draws there


def run(guest, checks):
    machine.load(guest, rapl=False)
    machine.busy(guest)
    with enforcing(guest, ["cpufreq"]) as bench:
        if not bench.start(checks):
            return
        bench.watch(12)
        for watts, rung in ((80, 2_400_000), (60, 1_200_000), (45, 800_000)):
            _held(bench, checks, watts, rung)
        answer = bench.hold(20)
        checks.equal("20 W: the lowest rung, and none below it", guest.number(CEILING), 800_000)
        bench.accounted(checks, "20 W: what the lowest rung draws is accounted", answer)
        checks.that("20 W: said not to be what was asked", answer is not None and answer.result in ("adjusted", "rejected", "ineffective"), str(answer))
        absurd = [w for w in bench.writes.seen() if w.kind == "ceiling" and not 800_000 <= w.number <= 3_600_000]
        checks.that("no ceiling outside the processor's range was ever written", not absurd, listed(absurd or bench.writes.seen()))
        seconds = bench.node.stop()
        checks.that("a clean stop ends within 15 s", seconds is not None and seconds < 15, f"{seconds} s")
        checks.same("and the ceiling is back as it was", machine.limits(guest), bench.originals)
    _without_a_table(guest, checks)


def _held(bench, checks, watts, rung):
    sequence = bench.granter.hold(watts)
    found, seconds = bench.guest.until(lambda: bench.guest.number(CEILING) == rung, 30)
    checks.that(f"{watts} W: the ceiling comes to {rung / 1e6:g} GHz", found, f"{bench.guest.number(CEILING) / 1e6:g} GHz after {seconds:.1f} s")
    # Three seconds at a rung teach the agent what it draws; until then it accounts for more.
    answer = bench.granter.wait(lambda a: a.sequence >= sequence and a.effective is not None and a.effective <= watts, 30)
    bench.accounted(checks, f"{watts} W: accounted", answer or bench.granter.last, at_most=watts)


def _without_a_table(guest, checks):
    """A driver that says no ladder is asked for anything in its range: 2.0 GHz become 1.2 GHz, and those count."""
    checks.scenario = "cpufreq without a table"
    guest.must(f"echo > /tmp/empty; mount --bind /tmp/empty {machine.CPUFREQ}/scaling_available_frequencies; echo > /tmp/agent.log; rm -rf /var/lib/homelab-agent/*")
    with enforcing(guest, ["cpufreq"]) as bench:
        if not bench.start(checks):
            return
        bench.watch(12)
        rounded = False
        for watts in (95, 72, 65, 48):
            sequence = bench.granter.hold(watts)
            guest.until(lambda: bench.drawn() <= watts, 30)
            bench.accounted(checks, f"{watts} W: accounted", bench.granter.settled(sequence))
            checks.that(f"{watts} W: drawn", bench.drawn() <= watts, f"{bench.drawn():.1f} W at {guest.number(CEILING) / 1e6:g} GHz")
            asked = [w.number for w in bench.writes.seen() if w.kind == "ceiling"]
            rounded |= bool(asked) and asked[-1] not in LADDER and guest.number(CEILING) in LADDER
        checks.that("a ceiling between two rungs was asked for and the lower one granted", rounded, listed(bench.writes.seen()))
        bench.node.stop()
        checks.same("a clean stop restores", machine.limits(guest), bench.originals)
