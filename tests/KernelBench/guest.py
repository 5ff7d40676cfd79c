"""The emulated machine: a stock Debian kernel under QEMU's TCG, driven over a serial line.

Never KVM: a host may offer a /dev/kvm that cannot run this kernel, and the bench must say the same everywhere.
"""
import base64
import os
import re
import shlex
import shutil
import socket
import subprocess
import time


class GuestError(Exception):
    """The guest did not answer, or not as agreed: the scenario fails."""


class Guest:
    """One booted machine. Use it in a `with`: leaving it powers the machine off and insists on its @DONE."""

    def __init__(self, bench, overlay, folder, seconds=900, append="", devices=(), layers=()):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.console = os.path.join(folder, "console.log")
        self._socket_path = os.path.join(folder, "serial.sock")
        self._initrd = os.path.join(folder, "initrd")
        with open(self._initrd, "wb") as out:
            for part in (os.path.join(bench, "initramfs.gz"), overlay, *(os.path.join(bench, layer) for layer in layers)):
                with open(part, "rb") as source:
                    shutil.copyfileobj(source, out)
        # A unix socket's path is short by law: 108 bytes.
        if len(self._socket_path) > 100:
            self._socket_path = os.path.join("/tmp", f"kernel-bench-{os.getpid()}.sock")
        self._command = [
            "timeout", "--kill-after=10", str(seconds), "qemu-system-x86_64", "-accel", "tcg", "-cpu", "Skylake-Server", "-m", "512",
            "-display", "none", "-monitor", "none", "-no-reboot",
            "-serial", f"file:{self.console}",
            "-chardev", f"socket,id=bench,path={self._socket_path},server=on,wait=off", "-serial", "chardev:bench",
            "-kernel", os.path.join(bench, "vmlinux"), "-initrd", self._initrd,
            # The kernel's check whether its timer ticks fails where a busy host gives the emulator no time: it is skipped.
            "-append", f"console=ttyS0 quiet panic=-1 no_timer_check {append}",
            "-acpitable", f"file={os.path.join(bench, 'bench.aml')}", "-device", "pc-testdev",
            "-netdev", "user,id=net", "-device", "e1000,netdev=net", *devices,
        ]
        self._process = None
        self._line = None
        self._buffer = b""
        self._went_off = False
        self.release = ""

    def __enter__(self):
        begun = time.monotonic()
        with open(os.path.join(self.folder, "qemu.log"), "wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._line = self._connect(30)
            self.release = self._await("@UP ", 180)
            self.boot_seconds = time.monotonic() - begun
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if self._process.poll() is not None and self._went_off:
            self._kill()
            return
        try:
            self._line.sendall(b"@DONE\n")
            self._await("@DONE", 60)
            self._process.wait(60)
        except (GuestError, OSError, subprocess.TimeoutExpired) as failure:
            if kind is None:
                raise GuestError(f"the guest did not reach @DONE: {failure}; its console is {self.console}") from failure
        finally:
            self._kill()

    def sh(self, command, timeout=60):
        """Runs a shell command in the guest. Returns its exit status and its output with errors, stripped."""
        self._line.sendall(base64.b64encode(command.encode()) + b"\n")
        self._await("@OUT", timeout)
        lines = []
        while True:
            line = self._next(timeout)
            if line.startswith("@RC "):
                return int(line[4:]), base64.b64decode("".join(lines)).decode("utf-8", "replace").strip()
            lines.append(line)

    def must(self, command, timeout=60):
        """The output of a command that has to succeed."""
        code, output = self.sh(command, timeout)
        if code != 0:
            raise GuestError(f"in the guest: {command}: status {code}: {output}")
        return output

    def read(self, path):
        """One attribute as the kernel shows it, or the error in angle brackets."""
        code, output = self.sh(f"cat {path}")
        return output if code == 0 else f"<{output.rsplit(': ', 1)[-1]}>"

    def number(self, path):
        """One attribute as a whole number."""
        text = self.read(path)
        if not re.fullmatch(r"-?\d+", text):
            raise GuestError(f"{path} is {text!r}, not a number")
        return int(text)

    def write(self, path, value):
        """Writes as a root shell would. Returns "" or the kernel's error text."""
        code, output = self.sh(f"echo {shlex.quote(str(value))} > {path}")
        return "" if code == 0 else output.rsplit(": ", 1)[-1]

    def answer(self, path, value):
        """What a write leads to: what the attribute then shows, with the kernel's error before it where there was one."""
        error = self.write(path, value)
        return f"{error}; {self.read(path)}" if error else self.read(path)

    def poke(self, offset, value):
        """Sets one word of bench.asl's registers."""
        self.must(f"devmem {0xff000000 + offset:#x} 32 {value}")

    def peek(self, offset):
        return int(self.must(f"devmem {0xff000000 + offset:#x} 32"), 16)

    def until(self, probe, timeout, every=0.3):
        """Calls probe until it answers something true; returns the last answer and the seconds it took."""
        begun = time.monotonic()
        while True:
            answer = probe()
            spent = time.monotonic() - begun
            if answer or spent > timeout:
                return answer, spent
            time.sleep(every)

    def goes_off(self, timeout):
        """Waits for the machine to power itself off, which ends it without @DONE. Returns whether it did."""
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        self._went_off = True
        return True

    def _connect(self, timeout):
        deadline = time.monotonic() + timeout
        while True:
            if self._process.poll() is not None:
                with open(os.path.join(self.folder, "qemu.log"), errors="replace") as log:
                    raise GuestError("qemu ended: " + log.read()[-600:])
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(self._socket_path)
                return line
            except OSError:
                line.close()
                if time.monotonic() > deadline:
                    raise GuestError("qemu opened no serial line") from None
                time.sleep(0.05)

    def _next(self, timeout):
        deadline = time.monotonic() + timeout
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                raise GuestError(f"no answer in {timeout} s; the console is {self.console}")
            self._line.settimeout(left)
            try:
                chunk = self._line.recv(65536)
            except TimeoutError:
                continue
            if not chunk:
                raise GuestError(f"the guest went away; the console is {self.console}")
            self._buffer += chunk
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line.decode("utf-8", "replace").strip("\r")

    def _await(self, marker, timeout):
        deadline = time.monotonic() + timeout
        while True:
            line = self._next(max(0.1, deadline - time.monotonic()))
            if line.startswith(marker):
                return line[len(marker):]

    def _kill(self):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._line is not None:
            self._line.close()
        for path in (self._socket_path, self._initrd):
            if os.path.exists(path):
                os.unlink(path)


def pack(files, into):
    """A cpio of host files for the guest: {path in the guest: path here}."""
    root = into + ".root"
    shutil.rmtree(root, ignore_errors=True)
    for target, source in files.items():
        path = os.path.join(root, target.lstrip("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copy(source, path)
    with open(into, "wb") as out:
        names = subprocess.run(["find", "."], cwd=root, check=True, capture_output=True).stdout
        archive = subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root, input=names, check=True, capture_output=True).stdout
        out.write(subprocess.run(["gzip", "-1"], input=archive, check=True, capture_output=True).stdout)
    shutil.rmtree(root)


def libraries(program):
    """The shared libraries that a program loads at start, by their paths."""
    listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"(/[^ ]+\.so[^ ]*) \(0x", listing)))
