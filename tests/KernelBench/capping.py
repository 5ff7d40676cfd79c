"""An agent that enforces, a grant source, and the eyes on what is written: what every cap scenario starts with."""
import contextlib
import time

import machine
from granter import Granter
from node import Node
from writes import Writes

WATT_STEP_UW = 125_000   # the package's power unit, 1/8 W
TOLERANCE = 1.0          # what the sensors' own uncertainty, 1 %, may hide of 100 W


class Enforcing:
    def __init__(self, guest, granter, actuators):
        self.guest = guest
        self.granter = granter
        self.actuators = actuators
        self.originals = machine.limits(guest)
        self.node = Node(guest, granter.port)
        self.node.configure(actuators=actuators)
        self.writes = Writes(guest)

    def start(self, checks, claim="the agent says what it can be held to"):
        """Starts the agent and waits for its range. Returns whether it enforces."""
        self.granter.range = None
        hellos = self.granter.hellos
        self.node.start()
        self.guest.until(lambda: self.granter.hellos > hellos and self.granter.range is not None, 60)
        found = self.granter.range
        text = "nothing heard" if found is None else f"enforcing {found.enforcing}, {found.floor_microwatts / 1e6:.1f} to {found.ceiling_microwatts / 1e6:.1f} W, {found.detail}"
        if not checks.that(claim, found is not None and found.enforcing, text):
            print(self.node.log(), flush=True)
        return found is not None and found.enforcing

    def watch(self, seconds):
        """Lets the agent see the node run free: it learns what the highest clock draws, as it does in a fleet that observes first."""
        time.sleep(seconds)

    def hold(self, watts, timeout=20, **terms):
        """Grants, and returns the answer once it does not change any more. None: no answer came."""
        return self.granter.settled(self.granter.hold(watts, **terms), timeout)

    def drawn(self):
        """What the plant really draws, all of it, in watts."""
        return self.guest.number(machine.PLANT + "/meter_uw") / 1e6

    def accounted(self, checks, claim, answer, at_most=None, within=6):
        """The claim on which a fleet's sum rests: within seconds the node draws no more than it accounts for, and accounts for no more than was asked."""
        begun = time.monotonic()
        time.sleep(0.3)
        while True:
            drawn, effective = self.drawn(), answer.effective if answer is not None else None
            holds = answer is not None and (effective is None or drawn <= effective + TOLERANCE)
            holds = holds and (at_most is None or (effective is not None and effective <= at_most + 0.001))
            spent = time.monotonic() - begun
            if holds or spent > within:
                break
            time.sleep(0.2)
            answer = self.granter.last
        return checks.that(claim, holds, f"draws {drawn:.2f} W, accounts for {answer}" + (f", asked {at_most:g} W" if at_most is not None else "") + (f", after {spent:.1f} s" if spent > 1 else ""))


@contextlib.contextmanager
def enforcing(guest, actuators):
    with Granter(guest.folder + "/granter.log") as granter:
        bench = Enforcing(guest, granter, actuators)
        try:
            yield bench
        finally:
            with open(guest.folder + "/agent.log", "w") as log:
                log.write(bench.node.log(2000))
