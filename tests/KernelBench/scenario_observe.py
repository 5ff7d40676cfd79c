"""A new installation: the agent reports, takes no order, and writes nothing."""
import machine
from granter import Granter
from node import Node


def run(guest, checks):
    machine.load(guest)
    with Granter(guest.folder + "/granter.log") as granter:
        node = Node(guest, granter.port)
        node.configure(enforce=False)
        before = machine.limits(guest)
        node.start()
        if not checks.that("the agent reports", guest.until(lambda: granter.reports > 2, 60)[0], f"{granter.reports} reports"):
            print(node.log())
        checks.near("its power is the plant's", granter.power, guest.number(machine.PLANT + "/meter_uw") / 1e6, 0.5, " W")
        checks.that("it says the kernel's release", granter.hello.machine.kernel == guest.release, granter.hello.machine.kernel)
        granter.hold(60, safe=55)
        answer = granter.wait(lambda a: a.sequence > 0, 30)
        checks.that("a cap is answered with: observing", answer is not None and answer.result == "observing" and answer.effective is None, str(answer))
        checks.same("every limit is as it was", machine.limits(guest), before)
        checks.equal("no limit register was written", guest.number(machine.PLANT + "/limit_writes"), 0)
        checks.that("a clean stop is quick", (node.stop() or 99) < 15)
        checks.same("and leaves the limits as they were", machine.limits(guest), before)
