"""A management controller outside QEMU (ipmi-bmc-extern), because QEMU's own knows no DCMI: it tells the watts it is given, or falls silent.

The protocol is OpenIPMI's for serial lines (hw/ipmi/ipmi_bmc_extern.c): sequence, netfn and lun, command, data, checksum; 0xA0 ends a message, 0xA1 a word to the
interface itself, and 0xAA stands before a byte whose bit 4 was set because it looked like one of the three.
"""
import socket
import struct
import tempfile
import threading
import time

END, WORD, ESCAPE = 0xA0, 0xA1, 0xAA
INVALID = bytes([0xC1])
IDENTITY = bytes([0, 0x20, 0x01, 0x01, 0x46, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x34, 0x12])   # firmware 1.46, IPMI 2.0, manufacturer 10876


class Bmc:
    def __init__(self, watts):
        self.watts = watts
        self.measures = True
        self.answers = True
        self.asked = 0
        self._path = tempfile.mkdtemp(prefix="kernel-bench-bmc-") + "/line"

    def devices(self):
        """QEMU listens: its interface must exist before the controller says anything. So the thread connects once it does."""
        threading.Thread(target=self._run, daemon=True).start()
        return ["-chardev", f"socket,id=bmc,path={self._path},server=on,wait=off", "-device", "ipmi-bmc-extern,id=controller,chardev=bmc", "-device", "isa-ipmi-kcs,bmc=controller"]

    def _run(self):
        line = None
        while line is None:
            time.sleep(0.5)
            try:
                line = socket.socket(socket.AF_UNIX)
                line.connect(self._path)
            except OSError:
                line = None
        message, escaped = bytearray(), False
        while data := line.recv(512):
            for byte in data:
                if byte == END:
                    if (answer := self._answer(bytes(message))) is not None:
                        line.sendall(answer)
                    message.clear()
                elif byte == WORD:
                    message.clear()
                elif byte == ESCAPE:
                    escaped = True
                else:
                    message.append(byte & ~0x10 if escaped else byte)
                    escaped = False

    def _answer(self, message):
        if len(message) < 4 or sum(message) & 0xFF:
            return None
        sequence, function, command = message[:3]
        if (function >> 2, command) == (0x2C, 0x02):
            self.asked += 1
            if not self.answers:
                return None
            data = bytes([0, 0xDC]) + struct.pack("<4HIIB", self.watts, 90, 300, 140, 0, 1000, 0x40 if self.measures else 0)
        else:
            data = {(0x06, 0x01): IDENTITY, (0x06, 0x2F): bytes(2), (0x06, 0x31): bytes(2), (0x06, 0x2E): bytes(1), (0x06, 0x30): bytes(1)}.get((function >> 2, command), INVALID)
        plain = bytes([sequence, function | 4, command]) + data
        plain += bytes([-sum(plain) & 0xFF])
        return b"".join(bytes([ESCAPE, byte | 0x10]) if byte in (END, WORD, ESCAPE) else bytes([byte]) for byte in plain) + bytes([END])
