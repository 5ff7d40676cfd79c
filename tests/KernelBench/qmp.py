"""QEMU's own control line: what a scenario changes in an emulated device while the guest runs."""
import json
import socket
import tempfile


class Monitor:
    def __init__(self):
        self._path = tempfile.mkdtemp(prefix="kernel-bench-qmp-") + "/line"
        self._line = None

    def devices(self):
        return ["-qmp", f"unix:{self._path},server=on,wait=off"]

    def set(self, device, name, value):
        """Sets a property of a device by its id, as qom-set. Raises what QEMU answers to it."""
        self._order("qom-set", path=f"/machine/peripheral/{device}", property=name, value=value)

    def _order(self, word, **arguments):
        if self._line is None:
            line = socket.socket(socket.AF_UNIX)
            line.settimeout(20)
            line.connect(self._path)
            self._line = line.makefile("rw")
            self._line.readline()   # QEMU greets first
            self._order("qmp_capabilities")
        self._line.write(json.dumps({"execute": word, "arguments": arguments} if arguments else {"execute": word}) + "\n")
        self._line.flush()
        while True:
            answer = json.loads(self._line.readline())
            if "error" in answer:
                raise RuntimeError(f"QEMU on {word}: {answer['error']['desc']}")
            if "return" in answer:
                return
