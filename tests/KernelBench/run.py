#!/usr/bin/python3
"""The published agent inside a stock Debian kernel in an emulated machine. The last line printed is `N passed, N failed`.

usage: run.py [--scenario NAME]... [--agent FILE]     without a name: all of them
"""
import argparse
import importlib
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, "tests", "BenchKit"))
import guest as emulation  # noqa: E402
from checks import Checks  # noqa: E402
from preparation import prepared  # noqa: E402

OUT = os.path.join(ROOT, "out")
SCENARIOS = ["kernel", "sensors", "chips", "pmbus", "buses", "messages", "observe", "rapl", "lock", "meter", "cpufreq", "thermal", "throttle", "restore", "fleet", "supplies", "service"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--agent", default=os.path.join(OUT, "homelab-agent"))
    arguments = parser.parse_args()
    chosen = arguments.scenario or SCENARIOS
    begun = time.monotonic()
    checks = Checks()
    bench = prepared(os.path.join(HERE, "prepare.sh"), os.path.join(OUT, "kernel-bench"), timeout=1800)
    agent = arguments.agent
    overlay = os.path.join(bench, "agent.gz")
    emulation.pack({"/bin/homelab-agent": agent, **{path: path for path in emulation.libraries(agent)}}, overlay)
    for name in chosen:
        play(name, bench, overlay, checks)
    print(f"kernel bench: {time.monotonic() - begun:.0f} s", flush=True)
    return checks.conclude()


def play(name, bench, overlay, checks):
    """One scenario in a machine of its own. Whatever goes wrong is one failed check and the next scenario runs."""
    checks.scenario = name
    begun = time.monotonic()
    folder = os.path.join(OUT, "kernel-bench", "runs", name)
    shutil.rmtree(folder, ignore_errors=True)
    scenario = importlib.import_module("scenario_" + name)
    try:
        with emulation.Guest(bench, overlay, folder, devices=getattr(scenario, "devices", list)(), layers=getattr(scenario, "LAYERS", ())) as machine:
            print(f"---- {name}: linux {machine.release} up after {machine.boot_seconds:.1f} s", flush=True)
            scenario.run(machine, checks)
    except Exception as failure:  # a scenario that breaks must not hide the others
        checks.that("the scenario came to its end", False, f"{type(failure).__name__}: {failure}")
    print(f"---- {name}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
