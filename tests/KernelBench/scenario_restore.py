"""Nothing that the agent wrote outlives it against the operator's will: stop, release, kill -9, and what comes after each."""
import machine
from capping import enforcing
from machine import PL1


def run(guest, checks):
    machine.load(guest)
    with enforcing(guest, ["rapl", "cpufreq"]) as bench:
        _released_by_command(bench, checks)
        _restarted_without_enforcement(bench, checks)
        _restarted(bench, checks)
        _lease_over(bench, checks)
        _released_by_grant(bench, checks)


def _killed(bench, checks, what):
    """Holds 70 W and kills the agent with no chance to tidy up."""
    if not bench.start(checks, f"{what}: the agent enforces"):
        raise RuntimeError("it does not enforce")
    answer = bench.hold(70, safe=60)
    bench.accounted(checks, f"{what}: 70 W stand", answer, at_most=70)
    bench.node.kill()
    checks.that(f"{what}: killed, the hardware still holds", bench.drawn() <= 71 and bench.guest.number(PL1) < 125_000_000, f"{bench.drawn():.1f} W, PL1 {bench.guest.number(PL1) / 1e6:g} W")


def _released_by_command(bench, checks):
    _killed(bench, checks, "release")
    code, output = bench.guest.sh("homelab-agent release", 60)
    checks.that("release: `homelab-agent release` ends with 0", code == 0, f"status {code}: {' / '.join(output.splitlines())}")
    checks.same("release: every limit is back as it was", machine.limits(bench.guest), bench.originals)
    code, output = bench.guest.sh("homelab-agent release", 60)
    checks.that("release: again, it has nothing to do", code == 0, f"status {code}: {' / '.join(output.splitlines())}")


def _restarted_without_enforcement(bench, checks):
    _killed(bench, checks, "enforcement switched off")
    bench.node.configure(enforce=False)
    hellos = bench.granter.hellos
    bench.node.start()
    bench.guest.until(lambda: bench.granter.hellos > hellos, 60)
    back, seconds = bench.guest.until(lambda: machine.limits(bench.guest) == bench.originals, 15)
    checks.same("enforcement switched off: the next start restores", machine.limits(bench.guest), bench.originals)
    bench.node.stop()
    bench.node.configure(actuators=bench.actuators)


def _restarted(bench, checks):
    _killed(bench, checks, "restart")
    bench.granter.fall_silent()
    answers = len(bench.granter.answers)
    bench.start(checks, "restart: it enforces at once")
    answer, seconds = bench.guest.until(lambda: len(bench.granter.answers) > answers and bench.granter.last.effective is not None and bench.granter.last, 30)
    # On a machine that is still held: the lower of what it holds and the safe share.
    checks.that("restart: it comes back at its safe share or below with no grant",
                bool(answer) and answer.lease in ("expired", "safe") and answer.safe == 60 and answer.effective <= 60, str(answer))
    held, seconds = bench.guest.until(lambda: bench.drawn() <= 61, 20)
    checks.that("restart: the safe share is held", held, f"{bench.drawn():.2f} W after {seconds:.1f} s: what draws beside the processor is learned anew")
    bench.accounted(checks, "restart: and accounted", bench.granter.wait(lambda a: a.effective is not None and a.effective <= 60, 10) or bench.granter.last, at_most=60)
    answer = bench.hold(75, safe=60)
    bench.accounted(checks, "restart: and the next grant is taken", answer, at_most=75)
    checks.that("restart: by a raise of its cap", answer is not None and answer.effective is not None and answer.effective > 65, str(answer))


def _lease_over(bench, checks):
    """No grant any more: min(cap, safe share) at once, the safe share 75 s later."""
    bench.hold(58, safe=60, life_ms=2000)
    bench.granter.fall_silent()
    answer = bench.granter.wait(lambda a: a.lease == "expired", 15)
    bench.accounted(checks, "lease over: the lower of cap and safe share is held", answer or bench.granter.last, at_most=58)
    checks.that("lease over: said so", answer is not None, str(answer or bench.granter.last))
    answer = bench.granter.wait(lambda a: a.lease == "safe", 95)
    bench.accounted(checks, "lease long over: the safe share is held", answer or bench.granter.last, at_most=60)
    checks.that("lease long over: said so", answer is not None, str(answer or bench.granter.last))


def _released_by_grant(bench, checks):
    bench.hold(70, safe=60)
    bench.granter.release()
    answer = bench.granter.wait(lambda a: a.effective is None, 20)
    checks.that("released by the aggregator: said to be uncapped", answer is not None and answer.lease == "none", str(bench.granter.last))
    checks.same("released by the aggregator: every limit is back as it was", machine.limits(bench.guest), bench.originals)
    bench.hold(70, safe=60)
    seconds = bench.node.stop()
    checks.that("a clean stop ends within 15 s", seconds is not None and seconds < 15, f"{seconds} s")
    checks.same("a clean stop restores", machine.limits(bench.guest), bench.originals)
