"""Names and stimuli of the emulated machine: its attributes, the plant's parameters, the words of bench.asl."""

RAPL = "/sys/class/powercap/intel-rapl:0"
PL1 = RAPL + "/constraint_0_power_limit_uw"
PL2 = RAPL + "/constraint_1_power_limit_uw"
CPUFREQ = "/sys/devices/system/cpu/cpufreq/policy0"
CEILING = CPUFREQ + "/scaling_max_freq"
PLANT = "/sys/module/bench_plant/parameters"

# Offsets of bench.asl's registers: zone 1's temperature in 0.1 K, the meter's power and cap in mW.
ZONE0, ZONE1, METER_POWER, METER_CAP = 0x0, 0x4, 0x8, 0xc
# The battery draws or takes mW, has mWh left, and is discharging (1) or charging (2); the adapter is there or not.
BATTERY_RATE, BATTERY_LEFT, ADAPTER, BATTERY_STATE = 0x10, 0x14, 0x18, 0x20


def load(guest, rapl=True, meter=True, cpufreq=True, plant=""):
    """Loads the drivers of a scenario's hardware. The plant's parameters are set before the RAPL driver looks at it."""
    for module in ["fan", "battery", "ac", "i2c-dev"] + (["acpi-cpufreq"] if cpufreq else []):
        guest.must(f"modprobe {module}")
    if meter:
        guest.must("modprobe acpi_power_meter force_cap_on=Y")
    guest.must(f"insmod /lib/bench/bench_plant.ko {plant}")
    if rapl:
        guest.must("modprobe intel_rapl_common; insmod /lib/bench/intel_rapl_sim.ko")
    guest.must("hostname bench")


def busy(guest):
    """Uses the guest's processor up, behind everything else: the plant's demand is one of full load, and the agent looks at both."""
    guest.must("sh -c 'while :; do :; done' >/dev/null 2>&1 & renice -n 19 -p $!")


def chips(guest):
    """An ina219 at 12 V, 1.234 A and an lm75 at 42.5 °C on a bus that only remembers what is written to it (i2c-stub).
    The chips' registers are big-endian, SMBus words little-endian; the driver writes its own at probe, so ours come after it."""
    guest.must("modprobe i2c-stub chip_addr=0x40,0x48; modprobe lm75; insmod /lib/bench/ina2xx.ko")
    guest.must("cd /sys/bus/i2c/devices/i2c-0; i2cset -y 0 0x48 0 0x802a w; echo ina219 0x40 > new_device; echo lm75 0x48 > new_device")
    for register, word in ((2, 0xc25d), (1, 0xd204), (4, 0xd204), (3, 0xe402)):
        guest.must(f"i2cset -y -f 0 0x40 {register} {word:#x} w")


def meter_folder(guest):
    """Where the ACPI meter keeps its attributes: beside its hwmon folder, not in it."""
    return guest.must("dirname /sys/class/hwmon/hwmon*/device/power1_cap")


def plant(guest, **values):
    """Sets the plant's parameters."""
    for name, value in values.items():
        guest.must(f"echo {int(value)} > {PLANT}/{name}")


def heat(guest, celsius):
    """Sets the temperature of the zone that has a passive trip, at 70 °C."""
    guest.poke(ZONE1, round((celsius + 273.2) * 10))


def limits(guest):
    """Every value that a limiter may change, as the kernel shows it now."""
    paths = [PL1, PL2, RAPL + "/constraint_0_time_window_us", RAPL + "/constraint_1_time_window_us", RAPL + "/enabled",
             CEILING, CPUFREQ + "/scaling_min_freq", CPUFREQ + "/scaling_governor"]
    found = guest.must("for f in " + " ".join(paths) + " /sys/class/hwmon/hwmon*/device/power1_cap; do [ -e $f ] && echo \"$f $(cat $f 2>&1)\"; done; true")
    return dict(line.split(" ", 1) for line in found.splitlines())
