#!/usr/bin/python3
"""A thousand agents in one process: each its own connection, a report a second, an answer to every grant. No sensors behind them: draws are made up.

usage: load.py --to HOST:PORT [--agents N] [--first N] [--interval SECONDS]     prints one line of JSON every five seconds
"""
import argparse
import asyncio
import json
import os
import random
import sys
import time

import grpc

sys.dont_write_bytecode = True
# At the end: that bench has scenarios of its own.
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "KernelBench"))
from granter import PACKAGE, Wire  # noqa: E402

# name, share of the fleet, architecture, board, idle W, busy W, floor W, ceiling W
KINDS = [("pi", 0.4, "arm64", "Raspberry Pi 4 Model B", 2.5, 6, 2.5, 7), ("rk", 0.3, "arm64", "Turing Machines RK1", 3, 14, 3.3, 15),
         ("mini", 0.3, "amd64", "NUC11PAHi7", 7, 36, 9, 40)]
SENSORS = [("thermal", "soc", "temp", 3), ("cpufreq", "policy0", "scaling_cur_freq", 6), ("cpufreq", "policy0", "cpuinfo_max_freq", 6), ("cpu", "all", "utilization", 9)]


def name_of(i):
    return f"node-{i:04d}"


def kind_of(i):
    """The same for the same number, so that Node objects can be made to fit."""
    share = (i * 7 % 100) / 100
    for kind in KINDS:
        if share < kind[1]:
            return kind
        share -= kind[1]
    return KINDS[-1]


class Counts:
    reports = grants = acknowledged = ended = 0
    joined = 0
    problem = ""


class Agent:
    def __init__(self, wire, i, interval, counts):
        self._wire, self._interval, self._counts = wire, interval, counts
        self._name, self._kind = name_of(i), kind_of(i)
        self._dice = random.Random(i)
        self._begun = time.monotonic()
        self._energy = 0.0
        # Reports and answers share a stream, and grpc.aio may lose a write that begins while another is under way.
        self._writing = asyncio.Lock()
        # A machine does about the same for long: three in ten are at work.
        self._level = self._dice.uniform(0.5, 0.9) if self._dice.random() < 0.3 else self._dice.uniform(0, 0.15)

    async def run(self, to):
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.optimization_target", "throughput")]
        async with grpc.aio.insecure_channel(to, options=options) as channel:
            connect = channel.stream_stream(f"/{PACKAGE}.NodeAgentService/Connect", request_serializer=lambda m: m.SerializeToString(),
                                            response_deserializer=self._wire.AggregatorMessage.FromString)
            self._call = connect()
            try:
                await self._join()
                await asyncio.gather(self._report(), self._answer())
            except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as end:
                self._counts.problem = str(end)[:200]
            finally:
                self._counts.ended += 1

    async def _say(self, message):
        async with self._writing:
            await self._call.write(message)

    async def _join(self):
        _, _, architecture, board, idle, busy, floor, ceiling = self._kind
        message = self._wire.AgentMessage()
        hello = message.hello
        hello.protocol_version, hello.node, hello.agent_instance, hello.agent_version, hello.inventory = 1, self._name, self._dice.randbytes(16), "0.1.0", 1
        machine = hello.machine
        machine.boot_id, machine.architecture, machine.board, machine.logical_cpus, machine.replay = f"boot-{self._name}", architecture, board, 4, True
        for source, device, name, quantity in SENSORS:
            hello.sensors.add(source=source, device=device, name=name, quantity=quantity, shape=1)
        hello.limiters.add(name="cpufreq:policy0", kind="cpufreq", min_microwatts=int(floor * 1e6), max_microwatts=int(ceiling * 1e6), allowed=True)
        await self._call.write(message)
        if (await self._call.read()).WhichOneof("message") != "welcome":
            raise asyncio.InvalidStateError("the aggregator did not welcome " + self._name)
        self._counts.joined += 1
        said = self._wire.AgentMessage()
        said.cap_range.enforcing, said.cap_range.floor_microwatts, said.cap_range.ceiling_microwatts = True, int(floor * 1e6), int(ceiling * 1e6)
        said.cap_range.idle_microwatts, said.cap_range.settle_ms, said.cap_range.uncertainty_micros = int(idle * 1e6), 1000, 50_000
        await self._call.write(said)
        free = self._wire.AgentMessage()
        free.applied.result, free.applied.lease = 1, 1
        await self._call.write(free)

    async def _report(self):
        _, _, _, _, idle, busy, _, _ = self._kind
        message = self._wire.AgentMessage()
        report = message.report
        report.inventory = 1
        power = report.node_power
        power.provenance, power.source, power.scope, power.uncertainty_micros = 3, "rapl-package", 3, 100_000
        readings = [report.readings.add(sensor=i, quality=1) for i in range(len(SENSORS))]
        readings[2].value_micros = 2_400_000_000_000_000
        due = time.monotonic() + self._dice.random() * self._interval
        while True:
            await asyncio.sleep(max(0, due - time.monotonic()))
            due = max(due + self._interval, time.monotonic())
            watts = (idle + (busy - idle) * self._level) * self._dice.gauss(1, 0.02)
            self._energy += watts * self._interval
            report.sequence += 1
            report.time_us, report.monotonic_us = int(time.time() * 1e6), int((time.monotonic() - self._begun) * 1e6) + 1
            power.power_microwatts, report.node_energy_microjoules = int(watts * 1e6), int(self._energy * 1e6)
            readings[0].value_micros, readings[1].value_micros = int((40 + watts) * 1e6), int((0.6 + self._level) * 1.5e15)
            readings[3].value_micros = int(self._level * 1e6)
            await self._say(message)
            self._counts.reports += 1

    async def _answer(self):
        message = self._wire.AgentMessage()
        applied = message.applied
        while True:
            said = await self._call.read()
            if said is grpc.aio.EOF:
                return
            if said.WhichOneof("message") == "acknowledged":
                self._counts.acknowledged += 1
            if said.WhichOneof("message") != "grant":
                continue
            grant = said.grant
            applied.Clear()
            applied.epoch, applied.sequence, applied.result, applied.lease = grant.epoch, grant.sequence, 1, 1 if grant.release else 2
            if grant.HasField("cap_microwatts"):
                applied.effective_cap_microwatts = grant.cap_microwatts
            if grant.HasField("safe_share_microwatts") and not grant.release:
                applied.safe_share_microwatts = grant.safe_share_microwatts
            await self._say(message)
            self._counts.grants += 1


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--to", required=True)
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1, help="the number of the first one: several of these programs share a fleet")
    parser.add_argument("--interval", type=float, default=1.0)
    arguments = parser.parse_args()
    wire, counts = Wire(), Counts()
    tasks = []
    for i in range(arguments.first, arguments.first + arguments.agents):
        tasks.append(asyncio.create_task(Agent(wire, i, arguments.interval, counts).run(arguments.to)))
        # Not all in one moment: dialling a thousand times takes a while anywhere.
        await asyncio.sleep(0.005)
    while True:
        await asyncio.sleep(5)
        print(json.dumps({"joined": counts.joined, "ended": counts.ended, "reports": counts.reports, "acknowledged": counts.acknowledged, "grants": counts.grants,
                          "problem": counts.problem, "cpu": time.process_time()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
