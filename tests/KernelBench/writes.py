"""Every write to a limit as the kernel's own attribute code sees it: who, which file, what text.

A read-back shows what became of a write; only this shows that a write was never tried, or tried too often.
"""
import re

TRACING = "/sys/kernel/tracing"
PROBES = [
    ("ceiling", "store_scaling_max_freq", "value=+0(%si):string"),
    ("limit", "store_constraint_power_limit_uw", "attr=+0(+0(%si)):string value=+0(%dx):string"),
    ("window", "store_constraint_time_window_us", "attr=+0(+0(%si)):string value=+0(%dx):string"),
    ("cap", "acpi_power_meter:set_cap", "value=+0(%dx):string"),
]
LINE = re.compile(r'^ *(?P<who>\S.*?)-\d+ +\[\d+\].*?: (?P<kind>\w+): \([^)]*\)(?: attr="(?P<attr>[^"]*)")? value="(?P<value>[^"]*)"', re.M)


class Write:
    def __init__(self, match):
        self.who = match["who"]
        self.kind = match["kind"]
        self.attribute = match["attr"] or self.kind
        self.text = match["value"].strip()

    @property
    def number(self):
        """The value as a number; a text that is none counts as absurd."""
        return int(self.text) if re.fullmatch(r"-?\d+", self.text) else -1

    def __str__(self):
        return f"{self.attribute}={self.text}"


class Writes:
    def __init__(self, guest):
        self._guest = guest
        guest.must(f"mount -t tracefs tracefs {TRACING} 2>/dev/null; true")
        for name, symbol, arguments in PROBES:
            module = symbol.split(":")[0] if ":" in symbol else None
            if module is None or guest.sh(f"[ -d /sys/module/{module} ]")[0] == 0:
                # A kernel without the function (a driver not loaded) has nobody who could write there.
                guest.sh(f"echo 'p:{name} {symbol} {arguments}' >> {TRACING}/kprobe_events")
        guest.must(f"echo 1 > {TRACING}/events/kprobes/enable; echo > {TRACING}/trace")

    def forget(self):
        self._guest.must(f"echo > {TRACING}/trace")

    def seen(self):
        """What the agent wrote since the last `forget`; what the bench's own shell wrote is left out."""
        text = self._guest.must(f"grep -v '^#' {TRACING}/trace; true")
        return [w for w in (Write(m) for m in LINE.finditer(text)) if w.who not in ("sh", "busybox")]


def listed(writes, most=8):
    """For people."""
    texts = [str(w) for w in writes]
    return f"{len(texts)} writes" + (": " + ", ".join(texts[:most]) + (", ..." if len(texts) > most else "") if texts else "")
