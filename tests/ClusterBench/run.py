#!/usr/bin/python3
"""A real etcd, kube-apiserver and kube-scheduler on loopback, and claims that hold against them. The last line printed is `N passed, N failed`.

usage: run.py [--scenario NAME]... [--list] [--keep] [--packaging FOLDER] [--absent FOLDER]...     without a name: all of them
"""
import argparse
import importlib
import os
import signal
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.append(os.path.join(ROOT, "tests", "BenchKit"))
from checks import Checks  # noqa: E402
from cluster import Cluster  # noqa: E402
from preparation import prepared  # noqa: E402

SCENARIOS = ["self", "contract", "manifests", "rbac", "fleet", "ha", "scale"]


class Bench:
    """What a scenario gets: its cluster, made when it asks for one, its checks, its folder."""

    def __init__(self, name, programs, checks, arguments):
        self.name = name
        self.root = ROOT
        self.out = os.path.join(ROOT, "out")
        self.folder = os.path.join(self.out, "cluster-bench", name)
        self.checks = checks
        self.packaging = os.path.abspath(arguments.packaging)
        self.absent = arguments.absent or []
        self._programs = programs
        self._clusters = []
        self._keep = arguments.keep

    def cluster(self, name="cluster", **terms):
        """A control plane of its own, started; it ends with the scenario. Ask for a second one by another name."""
        made = Cluster(self._programs, os.path.join(self.folder, name), **terms)
        self._clusters.append(made)
        if made.leftovers:
            self.checks.note(f"killed {made.leftovers} programs that an earlier run left behind")
        made.start()
        self.checks.note(f"{name} ready after {made.ready_seconds['all']:.1f} s: " + ", ".join(f"{what} {seconds:.1f} s" for what, seconds in made.ready_seconds.items() if what != "all"))
        return made

    def close(self):
        for made in self._clusters:
            if made.server.runs:
                self.checks.note("memory at its highest: " + ", ".join(f"{what} {highest:.0f} MB" for what, (_, highest) in made.memory().items()))
        try:
            if self._keep and self._clusters:
                for made in self._clusters:
                    print(f"kept: {made.kubectl_program} --kubeconfig {made.admin_kubeconfig} get nodes", flush=True)
                print("Ctrl-C ends it", flush=True)
                signal.pause()
        except KeyboardInterrupt:
            print(flush=True)
        finally:
            for made in self._clusters:
                made.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--list", action="store_true", help="name the scenarios and what each shows")
    parser.add_argument("--keep", action="store_true", help="leave each scenario's cluster up until Ctrl-C")
    parser.add_argument("--packaging", default=os.path.join(ROOT, "packaging"), metavar="FOLDER", help="where the manifests are")
    parser.add_argument("--absent", action="append", metavar="FOLDER", help="a folder or file in it that is missing on purpose, such as kustomize/overlays/rpi")
    arguments = parser.parse_args()
    if arguments.list:
        for name in SCENARIOS:
            print(f"{name:12} {importlib.import_module('scenario_' + name).__doc__.splitlines()[0]}")
        return 0
    # An ordinary end of this program ends its clusters too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    begun = time.monotonic()
    checks = Checks()
    programs = prepared(os.path.join(HERE, "build.sh"), timeout=7200)
    for name in arguments.scenario or SCENARIOS:
        play(name, programs, checks, arguments)
    print(f"cluster bench: {time.monotonic() - begun:.0f} s", flush=True)
    return checks.conclude()


def play(name, programs, checks, arguments):
    """One scenario in clusters of its own. Whatever goes wrong is one failed check and the next scenario runs."""
    checks.scenario = name
    begun = time.monotonic()
    bench = Bench(name, programs, checks, arguments)
    try:
        importlib.import_module("scenario_" + name).run(bench, checks)
    except Exception as failure:  # a scenario that breaks must not hide the others
        traceback.print_exc()
        checks.that("the scenario came to its end", False, f"{type(failure).__name__}: {failure}")
    finally:
        bench.close()
    print(f"---- {name}: {time.monotonic() - begun:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
