"""Every hwmon attribute of the guest as the kernel shows it, and what the agent makes of each file."""
import re

CLASS = "/sys/class/hwmon/"
MICRO = ("power", "energy")


def raw(guest):
    """{path: whole number} of every numeric attribute of every chip. A file that refuses is left out."""
    listing = guest.must(f"cd {CLASS}; for h in hwmon*; do f=$h; [ -e $h/name ] || f=$h/device; grep -H . $f/* 2>/dev/null; done; true", timeout=180)
    found = re.findall(r"^(hwmon\d+/\S+?):(-?\d+)$", listing, re.M)
    return {CLASS + path: int(number) for path, number in found}


def folder(guest, chip):
    """The folder of a chip by its name."""
    return guest.must(f"dirname $(grep -lx {chip} {CLASS}hwmon*/name)")


def expected(path, number, chip):
    """What the number of this file is in base units, by the hwmon ABI. An INA3221 has µV in in4 to in7."""
    name = path.rsplit("/", 1)[-1]
    kind = re.match(r"[a-z]+", name)[0]
    if name.endswith(("_alarm", "_fault")) or kind in ("fan", "freq"):
        return number
    if kind == "pwm":
        return number / 255
    if kind in MICRO or (chip == "ina3221" and re.match(r"in[4-7]_input", name)):
        return number / 1e6
    return number / 1e3


def differences(readings, before, after, only=None):
    """Those of the agent's hwmon readings that are not their file's, neither before nor after it looked; and how many were compared.
    A limit that the agent says is not set has to be a file of 0."""
    wrong, compared = [], 0
    for reading in readings:
        path, chip = reading["path"], reading["device"].split("@")[0]
        if reading["source"] != "hwmon" or path not in after or only not in (None, chip):
            continue
        said = [expected(path, look[path], chip) for look in (before, after) if path in look]
        is_unset = reading["value"] is None and reading["detail"].startswith("0: ")
        if reading["value"] is None and not is_unset:
            continue
        compared += 1
        if is_unset:
            wrong += [f"{path}: not set, the file says {said}"] if any(said) else []
            continue
        if all(abs(reading["value"] - value) > 1e-6 for value in said):
            wrong.append(f"{path}: {reading['value']}, the file says {said}")
    return wrong, compared
