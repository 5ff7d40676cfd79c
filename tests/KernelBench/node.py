"""The published agent as a process of the guest, and its way to the aggregator on the host."""
import time

HOST = "10.0.2.2"   # the machine that runs QEMU, as its user network shows it to the guest
STATE = "/var/lib/homelab-agent"
LOG = "/tmp/agent.log"
CONFIG = "/etc/homelab/agent.yaml"


class Node:
    def __init__(self, guest, port):
        self.guest = guest
        self.port = port
        self.pid = None
        guest.must("modprobe e1000; ip link set lo up; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; mkdir -p /etc/homelab " + STATE)

    def configure(self, enforce=True, actuators=(), extra=()):
        """Writes agent.yaml. Without `enforce` it says nothing of enforcement, as a new installation."""
        lines = [f"aggregator: http://{HOST}:{self.port}", "insecure: true", "node: bench", *extra]
        if enforce:
            lines += ["enforce:", "  enabled: true", f"  actuators: {', '.join(actuators)}"]
        text = "\n".join(lines)
        self.guest.must(f"cat > {CONFIG} <<'END'\n{text}\nEND\nhomelab-agent config check", timeout=60)

    def start(self):
        self.pid = self.guest.must(f"homelab-agent run >>{LOG} 2>&1 </dev/null & echo $!")
        return self

    def is_running(self):
        return self.guest.sh(f"kill -0 {self.pid}")[0] == 0

    def stop(self, timeout=30):
        """A clean stop, as systemd does it. Returns the seconds it took, or None when it was still there."""
        self.guest.must(f"kill -TERM {self.pid}")
        gone, seconds = self.guest.until(lambda: not self.is_running(), timeout)
        return seconds if gone else None

    def kill(self):
        """kill -9: no code of the agent runs any more."""
        self.guest.must(f"kill -9 {self.pid}")
        self.guest.until(lambda: not self.is_running(), 10)
        time.sleep(0.2)

    def log(self, lines=40):
        return self.guest.sh(f"tail -n {lines} {LOG}")[1]
