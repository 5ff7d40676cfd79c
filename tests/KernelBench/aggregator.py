"""The published aggregator on the host, with its own command line and API. The guest's agent dials it over QEMU's user network."""
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Aggregator:
    def __init__(self, program, folder, budget):
        self._program = program
        self._folder = folder
        self._log = os.path.join(folder, "aggregator.log")
        self._config = os.path.join(folder, "aggregator.yaml")
        self._process = None
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{_free_port()}"
        shutil.rmtree(os.path.join(folder, "storage"), ignore_errors=True)
        if os.path.exists(self._log):
            os.unlink(self._log)
        with open(self._config, "w") as config:
            config.write(f"budget:\n  watts: {budget}\n  device: ups\n")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        storage = os.path.join(self._folder, "storage")
        os.makedirs(storage, exist_ok=True)
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                [self._program, "run", "--config", self._config, "--http", self.url.removeprefix("http://"), "--grpc", f"127.0.0.1:{self.port}", "--storage", storage],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/livez", timeout=5):
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"the aggregator did not come up; see {self._log}")

    def kill(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def order(self, *words):
        """Runs the command line against it; returns what it printed, or raises."""
        done = subprocess.run([self._program, *words, "--aggregator", self.url], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: status {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def node(self, name="bench"):
        """The node's own part of the budget document; None before it is known."""
        with urllib.request.urlopen(self.url + "/api/v1/budget", timeout=10) as answer:
            document = json.load(answer)
        return next((n["control"] for n in document["nodes"] if n["name"] == name), None)
