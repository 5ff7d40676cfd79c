"""What this kernel does by itself, with shell writes only: the ground on which the other scenarios stand.
A kernel that answers otherwise shows here first, and not as a riddle about the agent."""
import machine
from machine import CEILING, CPUFREQ, PL1, PL2, RAPL


def run(guest, checks):
    machine.load(guest)
    _limits(guest, checks)
    _lock_that_comes_later(guest, checks)
    _meter(guest, checks)
    _ceilings(guest, checks)
    _thermal(guest, checks)
    _lock_at_probe(guest, checks)


def _limits(guest, checks):
    for written, stands in ((65_100_000, 65_000_000), (60_062_500, 60_000_000), (0, 0), (99_999_999_999, 1_695_875_000), (4_096_000_000, 0)):
        checks.equal(f"{written / 1e6:g} W written to PL1 is taken as {stands / 1e6:g} W", guest.answer(PL1, written), str(stands))
    for text in ("text", "-5"):
        checks.equal(f"{text!r} written to PL1 is refused", guest.write(PL1, text), "Invalid argument")
    window = RAPL + "/constraint_0_time_window_us"
    guest.write(window, 28_000_000)
    checks.equal("a window of 28 s is rounded", guest.number(window), 27_983_872)
    short = RAPL + "/constraint_1_time_window_us"
    before = guest.number(short)
    guest.write(short, before)
    checks.that("a short window does not survive being written back as read", guest.number(short) != before, f"{before} us read, {guest.number(short)} us after writing it")
    guest.write(PL1, 125_000_000)


def _lock_that_comes_later(guest, checks):
    guest.write(PL1, 60_000_000)
    machine.plant(guest, lock=1)
    checks.equal("with a lock that came later a write is an error and the limit stands", guest.answer(PL1, 50_000_000), "No data available; 60000000")
    machine.plant(guest, lock=0, swallow=1)
    checks.equal("a swallowed write says yes and changes nothing", guest.answer(PL1, 50_000_000), "60000000")
    machine.plant(guest, swallow=0)
    _, seconds = guest.until(lambda: guest.number(machine.PLANT + "/package_uw") == 60_000_000, 5)
    checks.equal("the plant obeys PL1", guest.number(machine.PLANT + "/package_uw"), 60_000_000)
    guest.write(PL1, 125_000_000)


def _meter(guest, checks):
    cap = machine.meter_folder(guest) + "/power1_cap"
    names = guest.must("for h in /sys/class/hwmon/hwmon*; do [ -e $h/device/power1_cap ] && ls $h; done").split()
    checks.that("the ACPI meter's hwmon folder has no name and no attribute of its own", not [n for n in names if n == "name" or n.startswith("power1")], " ".join(names))
    checks.equal("its range is 50 to 400 W", (guest.number(cap + "_min"), guest.number(cap + "_max")), (50_000_000, 400_000_000))
    checks.equal("150 W is taken", guest.answer(cap, 150_000_000), "150000000")
    for watts in (500, 49.999, 0):
        checks.equal(f"{watts:g} W is refused", guest.answer(cap, int(watts * 1e6)), "Invalid argument; 150000000")
    checks.equal("99.9005 W is rounded to the milliwatt", guest.answer(cap, 99_900_500), "99901000")
    guest.write(cap, 400_000_000)


def _ceilings(guest, checks):
    for asked, granted in ((2_000_000, 1_200_000), (1_199_999, 800_000), (3_599_999, 2_400_000), (100, 800_000), (99_999_999, 3_600_000)):
        checks.equal(f"a ceiling of {asked / 1e6:g} GHz becomes {granted / 1e6:g} GHz", guest.answer(CEILING, asked), str(granted))
    guest.write(CEILING, 3_600_000)
    checks.equal("the ladder has four rungs", guest.read(CPUFREQ + "/scaling_available_frequencies").split(), ["3600000", "2400000", "1200000", "800000"])


def _thermal(guest, checks):
    machine.heat(guest, 80)
    throttled, seconds = guest.until(lambda: guest.number(CEILING) == 1_200_000, 20)
    checks.that("over its passive trip the kernel lowers the ceiling to 1.2 GHz", throttled, f"{seconds:.1f} s")
    checks.equal("a ceiling written meanwhile is taken without an error and not shown", guest.answer(CEILING, 2_400_000), "1200000")
    machine.heat(guest, 25)
    cooled, seconds = guest.until(lambda: guest.number(CEILING) == 2_400_000, 20)
    checks.that("cooled down, the ceiling written meanwhile stands", cooled, f"{seconds:.1f} s")
    guest.write(CEILING, 3_600_000)


def _lock_at_probe(guest, checks):
    guest.must("rmmod intel_rapl_sim")
    machine.plant(guest, lock=1)
    guest.must("insmod /lib/bench/intel_rapl_sim.ko")
    checks.that("the driver says that the BIOS locked the limits", "locked by BIOS" in guest.must("dmesg | tail"))
    checks.equal("then `enabled` is 0", guest.read(RAPL + "/enabled"), "0")
    checks.equal("and a write is an error", guest.write(PL1, 50_000_000), "No data available")
    checks.equal("though the limits are readable", (guest.number(PL1), guest.number(PL2)), (125_000_000, 135_000_000))
