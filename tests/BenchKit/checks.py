"""What a bench found, one line each: PASS or FAIL, the claim, and the figures it rests on."""


class Checks:
    def __init__(self):
        self.passed = 0
        self.failed = 0
        self.scenario = ""

    def that(self, claim, holds, figures=""):
        """Counts and prints one claim. Returns whether it held."""
        if holds:
            self.passed += 1
        else:
            self.failed += 1
        print(f"{'PASS' if holds else 'FAIL'} {self.scenario}: {claim}{f' ({figures})' if figures else ''}", flush=True)
        return bool(holds)

    def equal(self, claim, found, expected):
        return self.that(claim, found == expected, f"{found}" if found == expected else f"found {found!r}, expected {expected!r}")

    def near(self, claim, found, expected, tolerance, unit=""):
        return self.that(claim, found is not None and abs(found - expected) <= tolerance,
                         f"{found:.2f}{unit} against {expected:.2f}{unit} ±{tolerance:g}" if found is not None else f"nothing, expected {expected}{unit}")

    def same(self, claim, found, expected):
        """Two sets of attributes; only what differs is shown."""
        moved = [f"{name.rsplit('/', 1)[-1]} {expected.get(name)} -> {found.get(name)}" for name in sorted(found.keys() | expected.keys()) if found.get(name) != expected.get(name)]
        return self.that(claim, not moved, "; ".join(moved) or f"{len(found)} values")

    def status(self, claim, answer, expected):
        """What the server answered to one request."""
        return self.that(claim, answer.status == expected, str(answer) if answer.status == expected else f"answered {answer}, expected {expected}")

    def note(self, text):
        """A figure or a limit of the bench; it counts as nothing."""
        print(f"NOTE {self.scenario}: {text}", flush=True)

    def conclude(self):
        """Prints the last line. Returns the exit status: nothing checked is a failure too."""
        print(f"{self.passed} passed, {self.failed} failed")
        return 0 if self.failed == 0 and self.passed > 0 else 1
