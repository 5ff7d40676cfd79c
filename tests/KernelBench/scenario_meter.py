"""The cap of an ACPI meter: the whole machine's, with a range of its own, and nothing of it in hwmonN itself."""
import machine
from capping import enforcing
from writes import listed


def run(guest, checks):
    machine.load(guest)
    machine.plant(guest, demand_uw=190_000_000)
    guest.write(machine.PL1, 300_000_000)
    cap = machine.meter_folder(guest) + "/power1_cap"
    with enforcing(guest, ["acpi-meter"]) as bench:
        if not bench.start(checks):
            return
        for watts in (150, 80):
            answer = bench.hold(watts)
            checks.equal(f"{watts} W: stands in power1_cap", guest.number(cap), watts * 1_000_000)
            checks.that(f"{watts} W: is the whole machine's, so nothing is added", answer is not None and answer.effective == watts, str(answer))
            bench.accounted(checks, f"{watts} W: drawn and accounted", answer, at_most=watts)
        _range(bench, checks, cap)
        seconds = bench.node.stop()
        checks.that("a clean stop ends within 15 s", seconds is not None and seconds < 15, f"{seconds} s")
        checks.same("and the cap is back as it was", machine.limits(guest), bench.originals)


def _range(bench, checks, cap):
    bench.writes.forget()
    answer = bench.hold(30)
    checks.equal("30 W: below its range, so its least stands", bench.guest.number(cap), 50_000_000)
    bench.accounted(checks, "30 W: 50 W are accounted", answer)
    checks.that("30 W: said so", answer is not None and answer.effective == 50 and answer.result in ("adjusted", "rejected"), str(answer))
    answer = bench.hold(1000)
    checks.that("1000 W: never above its range", bench.guest.number(cap) <= 400_000_000, f"{bench.guest.number(cap) / 1e6:g} W")
    bench.accounted(checks, "1000 W: accounted", answer)
    answer = bench.hold(99.9005)
    checks.that("99.9005 W: accounted as the meter rounded it", answer is not None and answer.effective == bench.guest.number(cap) / 1e6, f"{answer}; {bench.guest.number(cap)} uW")
    checks.that("99.9005 W: not rounded up over what was granted", bench.guest.number(cap) <= 99_900_500, f"{bench.guest.number(cap)} uW")
    outside = [w for w in bench.writes.seen() if w.kind == "cap" and not 50_000_000 <= w.number <= 400_000_000]
    checks.that("nothing outside the range was ever written", not outside, listed(outside or bench.writes.seen()))
