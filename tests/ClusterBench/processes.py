"""One program of the control plane: its log, its memory, its end."""
import ctypes
import os
import random
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class ClusterError(Exception):
    """The cluster did not do what a scenario rests on: the scenario fails."""


def free_port():
    """Below those that the kernel gives to outgoing connections: one of the server's own would take it before its program listens."""
    while True:
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def _die_with_parent():
    # A bench that is killed must not leave an API server behind.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A program that is started and killed as often as a scenario likes; its log goes on."""

    def __init__(self, name, command, folder, environment=None):
        self.name = name
        self.log = os.path.join(folder, name + ".log")
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self._process = None
        self._peak = 0

    def start(self):
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self._process.pid

    @property
    def runs(self):
        return self._process is not None and self._process.poll() is None

    def stop(self, number=signal.SIGTERM, timeout=20):
        """Ends it, and kills it where it does not end by itself."""
        if self._process is None:
            return
        self.megabytes()
        if self._process.poll() is None:
            self._process.send_signal(number)
            try:
                self._process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._process = None

    def kill(self):
        self.stop(signal.SIGKILL)

    def megabytes(self):
        """Resident memory now and at its highest, in MB of 10^6 bytes."""
        now = 0
        if self.runs:
            with open(f"/proc/{self.pid}/status") as status:
                fields = dict(line.split(":", 1) for line in status)
            now = int(fields["VmRSS"].split()[0]) * 1024 / 1e6
            self._peak = max(self._peak, int(fields["VmHWM"].split()[0]) * 1024 / 1e6)
        return now, self._peak

    def await_ready(self, probe, timeout):
        """Waits until probe() is true. Returns the seconds it took."""
        begun = time.monotonic()
        while True:
            if not self.runs:
                raise ClusterError(f"{self.name} ended: {self.tail()}")
            try:
                if probe():
                    return time.monotonic() - begun
            except OSError:
                pass
            if time.monotonic() - begun > timeout:
                raise ClusterError(f"{self.name} is not ready after {timeout} s: {self.tail()}")
            time.sleep(0.1)

    def tail(self, characters=800):
        with open(self.log, errors="replace") as log:
            return log.read()[-characters:].strip()


def kill_leftovers(folder):
    """Kills programs that work in this folder and outlived the run that started them. Returns how many."""
    found = 0
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").split("\0")
            if os.path.basename(words[0]) in ("etcd", "kube-apiserver", "kube-scheduler") and any(folder + "/" in word for word in words[1:]):
                os.kill(int(entry), signal.SIGKILL)
                found += 1
        except (OSError, IndexError):
            pass  # it ended by itself
    return found
