"""What the bench found, one line each: PASS or FAIL, the claim, and the figures it rests on."""


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

    def status(self, claim, answer, expected):
        """What the server answered to one request."""
        return self.that(claim, answer.status == expected, str(answer) if answer.status == expected else f"answered {answer}, expected {expected}")

    def note(self, text):
        """A figure or a limit of the bench; it counts as nothing."""
        print(f"NOTE {self.scenario}: {text}", flush=True)
