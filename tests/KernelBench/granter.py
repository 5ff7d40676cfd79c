"""The aggregator's end of the wire with no policy behind it: it grants exactly what a scenario says and keeps every answer.

Accounting is judged by the watt, so nothing may stand between the asked cap and the agent; `scenario_fleet.py` runs the real aggregator.
"""
import os
import queue
import subprocess
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from told import Told

PROTOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "protos")
PACKAGE = "homelab.nodeagent.v1"


class Wire:
    """The product's message classes by name, made from its .proto files when the bench runs."""

    def __init__(self):
        listing = subprocess.run(
            ["protoc", f"--proto_path={PROTOS}", "--include_imports", "--descriptor_set_out=/dev/stdout", "homelab/nodeagent/v1/registration.proto"],
            check=True, capture_output=True, timeout=60).stdout
        pool = descriptor_pool.DescriptorPool()
        factory = message_factory.MessageFactory(pool)
        for each in descriptor_pb2.FileDescriptorSet.FromString(listing).file:
            pool.Add(each)
            for message in each.message_type:
                setattr(self, message.name, factory.GetPrototype(pool.FindMessageTypeByName(f"{PACKAGE}.{message.name}")))
        self._pool = pool
        self.lease = self._words("LeaseState", "LEASE_STATE_")
        self.result = self._words("ApplyResult", "APPLY_RESULT_")
        self.quality = self._words("Quality", "QUALITY_")
        self.cause = self._words("ThrottleCause", "THROTTLE_CAUSE_")

    def _words(self, enum, prefix):
        return {v.number: v.name.removeprefix(prefix).lower() for v in self._pool.FindEnumTypeByName(f"{PACKAGE}.{enum}").values}


class Answer:
    """One Applied, in watts and words. effective is None where the node says that it is not capped."""

    def __init__(self, wire, message):
        self.at = time.monotonic()
        self.epoch = message.epoch
        self.sequence = message.sequence
        self.effective = message.effective_cap_microwatts / 1e6 if message.HasField("effective_cap_microwatts") else None
        self.result = wire.result[message.result]
        self.lease = wire.lease[message.lease]
        self.safe = message.safe_share_microwatts / 1e6 if message.HasField("safe_share_microwatts") else None
        self.detail = message.detail

    def __str__(self):
        effective = "uncapped" if self.effective is None else f"{self.effective:.3f} W"
        return f"{effective}, {self.result}, lease {self.lease}" + (f", {self.detail}" if self.detail else "")


class Granter:
    """Serves one agent. Use it in a `with`. Every report renews the lease that `hold` asked for, until `fall_silent`."""

    def __init__(self, log):
        self._wire = Wire()
        self._lock = threading.Lock()
        self._log = log
        self._out = None
        self._epoch = (1 << 20) | 7
        self._sequence = 0
        self._terms = None
        self._basis = 0
        self.hello = None
        self.hellos = 0
        self.range = None
        self.answers = []
        self.reports = 0
        self.power = None
        self.problem = ""
        self.told = Told(self._wire.quality, self._wire.cause)

    def __enter__(self):
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
        handler = grpc.stream_stream_rpc_method_handler(
            self._connect, request_deserializer=self._wire.AgentMessage.FromString, response_serializer=lambda m: m.SerializeToString())
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(f"{PACKAGE}.NodeAgentService", {"Connect": handler}),))
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return self

    def __exit__(self, *_):
        self._server.stop(0).wait(10)

    @property
    def last(self):
        return self.answers[-1] if self.answers else None

    def hold(self, watts, safe=None, life_ms=10_000, reason="kernel bench"):
        """Grants this cap from now on. Returns the sequence of the first such grant."""
        with self._lock:
            self._terms = dict(cap_microwatts=round(watts * 1e6), time_to_live_ms=life_ms, reason=reason)
            if safe is not None:
                self._terms["safe_share_microwatts"] = round(safe * 1e6)
            return self._grant()

    def release(self):
        """Says that capping is off; the agent restores the originals."""
        with self._lock:
            self._terms = dict(release=True, time_to_live_ms=10_000, reason="released")
            sequence = self._grant()
            self._terms = None
            return sequence

    def fall_silent(self):
        """Renews nothing any more: the lease ends by itself."""
        with self._lock:
            self._terms = None

    def wait(self, holds, timeout=20):
        """The last answer for which `holds`, or None when there was none in time."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.last is not None and holds(self.last):
                return self.last
            time.sleep(0.05)
        return None

    def settled(self, sequence, timeout=20, quiet=1.5):
        """The last answer to this grant or a later one, once it has said the same for `quiet` seconds."""
        deadline = time.monotonic() + timeout
        seen, since = None, time.monotonic()
        while time.monotonic() < deadline:
            last = self.last
            if last is not None and last.sequence >= sequence:
                if seen is None or str(seen) != str(last):
                    since = time.monotonic()
                seen = last
                if time.monotonic() - since >= quiet:
                    return seen
            time.sleep(0.05)
        return seen

    def _grant(self):
        """Called under the lock."""
        if self._out is None or self._terms is None:
            return self._sequence + 1
        self._sequence += 1
        grant = self._wire.Grant(epoch=self._epoch, sequence=self._sequence, basis_monotonic_us=self._basis, **self._terms)
        self._out.put(self._wire.AggregatorMessage(grant=grant))
        return self._sequence

    def _connect(self, requests, context):
        out = queue.Queue()
        with self._lock:
            self._out = out
        threading.Thread(target=self._read, args=(requests, out), daemon=True).start()
        while True:
            message = out.get()
            if message is None:
                return
            yield message

    def _read(self, requests, out):
        try:
            for message in requests:
                self._take(message, out)
        except grpc.RpcError:
            pass  # the agent was killed, or its stream ended
        except Exception as failure:  # shown by the scenario, which would otherwise only see silence
            self.problem = f"{type(failure).__name__}: {failure}"
        with self._lock:
            if self._out is out:
                self._out = None
        out.put(None)

    def _take(self, message, out):
        kind = message.WhichOneof("message")
        if kind == "hello":
            self.hello = message.hello
            self.hellos += 1
            self.told.meet(self.hello)
            out.put(self._wire.AggregatorMessage(welcome=self._wire.Welcome(protocol_version=1, report_interval_ms=500)))
        elif kind == "cap_range":
            self.range = message.cap_range
            self._note(f"range enforcing={self.range.enforcing} {self.range.floor_microwatts / 1e6:g}..{self.range.ceiling_microwatts / 1e6:g} W {self.range.detail}")
        elif kind == "applied":
            answer = Answer(self._wire, message.applied)
            self.answers.append(answer)
            self._note(f"applied {answer.sequence}: {answer}")
        elif kind == "report":
            report = message.report
            with self._lock:
                self._basis = report.monotonic_us
                self.reports += 1
                if report.node_power.HasField("power_microwatts"):
                    self.power = report.node_power.power_microwatts / 1e6
                self._grant()
            self.told.take(report)
            out.put(self._wire.AggregatorMessage(acknowledged=self._wire.Acknowledged(sequence=report.sequence)))

    def _note(self, text):
        with open(self._log, "a") as log:
            log.write(f"{time.monotonic():.2f} {text}\n")
