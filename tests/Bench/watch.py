"""What the bench knows of a process from outside: memory is VmRSS, processor time is /proc/PID/schedstat (nanoseconds on a CPU)."""
import http.client, os, re, signal, socket, time


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def resident_mb(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError(f"process {pid} is gone")


def cpu_ms(pid):
    """Time on a processor of all threads, living ones by schedstat, plus what ended threads left in the process's own count."""
    stat = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    ticks = (int(stat[11]) + int(stat[12])) * 1000.0 / os.sysconf("SC_CLK_TCK")
    exact = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            exact += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
        except OSError:
            pass
    return max(ticks, exact / 1e6)


def context_switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            for line in open(f"/proc/{pid}/task/{task}/status"):
                if "ctxt_switches" in line:
                    total += int(line.split()[1])
        except OSError:
            pass
    return total


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def wait_ready(port, path, process, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            if get(port, path)[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.002)
    raise RuntimeError(f"{process.args[0]} did not answer {path} in {seconds} s")


COST = re.compile(r"cost since start: (\d+) passes of (\d+) us, (\d+) us of processor, (\d+) bytes allocated, (\d+) of them in passes; (\d+) bytes resident")


def agent_cost(process, log):
    """What the agent says of itself: passes, their milliseconds, bytes allocated in all and within passes. It answers SIGUSR1 with a line."""
    known = len(COST.findall(open(log).read()))
    process.send_signal(signal.SIGUSR1)
    for _ in range(500):
        lines = COST.findall(open(log).read())
        if len(lines) > known:
            passes, micros, _, allocated, in_passes, _ = map(int, lines[-1])
            return {"passes": passes, "pass_ms": micros / 1000, "allocated": allocated, "allocated_in_passes": in_passes}
        time.sleep(0.01)
    raise RuntimeError("the agent does not say what it has cost")
