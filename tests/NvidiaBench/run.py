#!/usr/bin/env python3
"""Compares what the native agent reads of each NVIDIA GPU with what nvidia-smi says of it, field by field.

Needs the agent's binary, NVIDIA's driver with nvidia-smi, and python3 alone: copy out/homelab-agent and out/nvidia-test.py to any machine.

nvidia-smi is asked before and after the agent. A figure passes that lies between the two, widened by the field's tolerance; where
nvidia-smi says N/A, the agent must have none. Ends with 0 (all pass), 1 (some fail), 2 (the agent or nvidia-smi broke), 77 (no GPU here).
"""
import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

NO_GPU = 77
HERE = os.path.dirname(os.path.abspath(__file__))
ABSENT = ("N/A", "[N/A]", "Not Supported", "[Not Supported]", "Requested functionality has been deprecated", "Unknown Error", "")
# To base units.
UNITS = {"W": 1, "MIB": 1 << 20, "MHZ": 1e6, "C": 1, "%": 0.01, "US": 1e-6, "X": 1, "": 1}


def number(text):
    """The figure of a cell of nvidia-smi in base units; None for N/A."""
    if text is None or text.strip() in ABSENT:
        return None
    match = re.match(r"^P?(-?[\d.]+)\s*(\S*)$", text.strip())
    return float(match.group(1)) * UNITS[match.group(2).upper()] if match and match.group(2).upper() in UNITS else None


def text_at(gpu, *paths):
    """The text of the first path that is there and says something."""
    found = [gpu.findtext(path) for path in paths]
    return next((text for text in found if text is not None and text.strip() not in ABSENT), None)


def at(*paths):
    return lambda gpu: number(text_at(gpu, *paths))


def power(*leaves):
    """Drivers before 535 say power_readings; since 610 the limits have a level of their own."""
    places = ("gpu_power_readings", "gpu_power_readings/gpu_ceiling_power_limit", "gpu_power_readings/gpu_base_power", "power_readings")
    return at(*(f"{place}/{leaf}" for leaf in leaves for place in places))


def flag(*words):
    """Any of these reasons, by the name since 535 or the older."""
    def look(gpu):
        texts = [text_at(gpu, f"clocks_event_reasons/clocks_event_reason_{word}", f"clocks_throttle_reasons/clocks_throttle_reason_{word}") for word in words]
        known = [text.strip() == "Active" for text in texts if text is not None]
        return float(any(known)) if known else None
    return look


def held(*words):
    """The longest of these times, in seconds."""
    def look(gpu):
        times = [number(gpu.findtext(f"clocks_event_reasons_counters/clocks_event_reasons_counters_{word}")) for word in words]
        return None if None in times else max(times)
    return look


def limit(threshold, below):
    """A temperature limit, or from its place on the scale that Ada and newer have instead."""
    def look(gpu):
        direct = number(text_at(gpu, f"temperature/{threshold}"))
        if direct is not None:
            return direct
        parts = [number(text_at(gpu, f"temperature/{name}")) for name in ("gpu_temp", "gpu_temp_tlimit", below)]
        return None if None in parts else parts[0] + parts[1] - parts[2]
    return look


def errors(which, *kinds):
    def look(gpu):
        counts = [number(gpu.findtext(f"ecc_errors/{which}/{kind}")) for kind in kinds]
        counts = [count for count in counts if count is not None]
        return sum(counts) if counts else None
    return look


def mode(path):
    def look(gpu):
        text = text_at(gpu, path)
        return None if text is None else float(text.strip() == "Enabled")
    return look


def instances(gpu):
    return float(len(gpu.findall("mig_devices/mig_device"))) if text_at(gpu, "mig_mode/current_mig") == "Enabled" else None


LOST = ("sram_uncorrectable", "sram_uncorrectable_parity", "sram_uncorrectable_secded", "dram_uncorrectable")
MENDED = ("sram_correctable", "dram_correctable")

# Field of the agent, where nvidia-smi has it, tolerance (absolute, share of the figure), and whether the agent may know more than nvidia-smi does.
FIELDS = [
    ("power", power("average_power_draw", "power_draw", "instant_power_draw"), 5, 0.15, True),
    ("power_instant", power("instant_power_draw"), 15, 0.25, True),
    ("memory_power", at("gpu_memory_power_readings/average_power_draw"), 5, 0.15, True),
    ("power_cap", power("current_power_limit", "enforced_power_limit", "power_limit"), 0.01, 0, False),
    ("power_cap_set", power("requested_power_limit", "power_limit", "current_power_limit"), 0.01, 0, False),
    ("power_cap_default", power("default_power_limit"), 0.01, 0, False),
    ("power_cap_min", power("min_power_limit"), 0.01, 0, False),
    ("power_cap_max", power("max_power_limit"), 0.01, 0, False),
    ("temp", at("temperature/gpu_temp"), 2, 0, False),
    ("temp_max", limit("gpu_temp_max_gpu_threshold", "gpu_temp_max_gpu_tlimit_threshold"), 2, 0, True),
    ("temp_throttle", limit("gpu_temp_slow_threshold", "gpu_temp_slow_tlimit_threshold"), 2, 0, True),
    ("temp_crit", limit("gpu_temp_max_threshold", "gpu_temp_max_tlimit_threshold"), 2, 0, True),
    ("memory_temp", at("temperature/memory_temp"), 3, 0, False),
    ("memory_temp_max", at("temperature/gpu_temp_max_mem_threshold"), 2, 0, True),
    ("utilization", at("utilization/gpu_util"), 0.25, 0, False),
    ("memory_utilization", at("utilization/memory_util"), 0.25, 0, False),
    ("encoder_utilization", at("utilization/encoder_util"), 0.25, 0, True),
    ("decoder_utilization", at("utilization/decoder_util"), 0.25, 0, True),
    ("memory_used", at("fb_memory_usage/used"), 64 << 20, 0.02, False),
    ("memory_total", at("fb_memory_usage/total"), 1 << 20, 0, False),
    ("graphics_clock", at("clocks/graphics_clock"), 60e6, 0.35, False),
    ("graphics_clock_max", at("max_clocks/graphics_clock"), 0, 0, False),
    ("memory_clock", at("clocks/mem_clock"), 60e6, 0.2, False),
    ("video_clock", at("clocks/video_clock"), 60e6, 0.35, False),
    ("performance_state", at("performance_state"), 0, 0, False),
    ("fan", at("fan_speed"), 0.05, 0, False),
    ("throttled_thermal", flag("sw_thermal_slowdown", "hw_thermal_slowdown"), 0, 0, False),
    ("throttled_power", flag("sw_power_cap"), 0, 0, False),
    ("external_brake", flag("hw_power_brake_slowdown"), 0, 0, False),
    ("frequency_capped", flag("applications_clocks_setting"), 0, 0, False),
    ("hw_slowdown", flag("hw_slowdown"), 0, 0, False),
    ("throttled_thermal_seconds", held("sw_therm_slowdown", "hw_therm_slowdown"), 0.5, 0, True),
    ("throttled_power_seconds", held("sw_power_cap"), 0.5, 0, True),
    ("external_brake_seconds", held("hw_power_brake"), 0.5, 0, True),
    ("ecc_corrected", errors("volatile", *MENDED), 0, 0, True),
    ("ecc_uncorrected", errors("volatile", *LOST), 0, 0, True),
    ("ecc_corrected_lifetime", errors("aggregate", *MENDED), 0, 0, True),
    ("ecc_uncorrected_lifetime", errors("aggregate", *LOST), 0, 0, True),
    ("pcie_generation", at("pci/pci_gpu_link_info/pcie_gen/current_link_gen"), 0, 0, False),
    ("pcie_generation_max", at("pci/pci_gpu_link_info/pcie_gen/max_link_gen"), 0, 0, False),
    ("pcie_width", at("pci/pci_gpu_link_info/link_widths/current_link_width"), 0, 0, False),
    ("pcie_width_max", at("pci/pci_gpu_link_info/link_widths/max_link_width"), 0, 0, False),
    ("pcie_replays", at("pci/replay_counter"), 0, 0, False),
    ("multi_instance", mode("mig_mode/current_mig"), 0, 0, False),
    ("instances", instances, 0, 0, False),
]


def run(command, seconds=60):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {(done.stderr or done.stdout).decode(errors='replace').strip()[:500]}")
    return done.stdout.decode(errors="replace")


def ask_smi(smi):
    """GPUs by their address as sysfs writes it."""
    root = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", run([*smi, "-q", "-x"])))
    return root, {re.sub(r"^0000(?=[0-9a-f]{4}:)", "", gpu.get("id", "").lower()): gpu for gpu in root.findall("gpu")}


def ask_agent(agent):
    """Readings by address and name, and when."""
    begun = time.monotonic()
    found = {}
    for reading in json.loads(run(agent))["readings"]:
        if reading["source"] == "nvidia":
            found.setdefault(reading["device"].removeprefix("nvidia@").lower(), {})[reading["name"]] = reading
    return (begun + time.monotonic()) / 2, found


def judge(name, look, absolute, share, knows_more, before, after, reading):
    """The verdict on one field: passed, what nvidia-smi says, what the agent says, why."""
    low, high = look(before), look(after)
    says = [value for value in (low, high) if value is not None]
    value = reading["value"] if reading and reading["quality"] == "ok" else None
    shown = "none" if not says else f"{min(says):g}" if min(says) == max(says) else f"{min(says):g} to {max(says):g}"
    agent = "none" if value is None else f"{value:g}"
    if not says:
        return value is None or knows_more, shown, agent, "both have none" if value is None else "the agent alone" if knows_more else "nvidia-smi has none"
    if value is None:
        return False, shown, agent, (reading or {}).get("detail") or "not in the agent's inventory"
    slack = max(absolute, share * max(abs(each) for each in says))
    inside = min(says) - slack <= value <= max(says) + slack
    return inside, shown, agent, f"within {slack:g}" if inside else f"off by more than {slack:g}"


def judge_energy(first, second):
    """The energy counter against the power that the agent reads: joules between two looks."""
    (begun, early), (ended, late) = first, second
    if "energy" not in early or early["energy"]["quality"] != "ok":
        return None
    joules = late["energy"]["value"] - early["energy"]["value"]
    watts = [look["power_instant" if "power_instant" in look else "power"]["value"] for look in (early, late)]
    mean = joules / (ended - begun)
    slack = max(15, 0.3 * max(watts))
    passed = min(watts) - slack <= mean <= max(watts) + slack
    return passed, f"{min(watts):g} to {max(watts):g} W", f"{mean:.1f} W", f"{joules:.1f} J in {ended - begun:.2f} s"


def told_processes(smi):
    """Processes with compute work by GPU address: their numbers by --query-compute-apps, and what each used of the chip (%) by pmon; None where it does not say.

    A list is empty, too, where nvidia-smi sees no process of others: in a container without the host's process numbers.
    """
    addresses = {}
    for line in run([*smi, "--query-gpu=index,pci.bus_id", "--format=csv,noheader"]).splitlines():
        index, address = (cell.strip() for cell in line.split(","))
        addresses[index] = re.sub(r"^0000(?=[0-9a-f]{4}:)", "", address.lower())
    found = {address: {} for address in addresses.values()}
    for line in run([*smi, "--query-compute-apps=gpu_bus_id,pid", "--format=csv,noheader"]).splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) == 2 and cells[1].isdigit():
            found[re.sub(r"^0000(?=[0-9a-f]{4}:)", "", cells[0].lower())][int(cells[1])] = None
    try:
        rows = run([*smi, "pmon", "-c", "1", "-s", "u"]).splitlines()
    except RuntimeError:
        # With MIG, and on what is older than Maxwell.
        return found
    for row in rows:
        cells = row.split()
        if len(cells) >= 4 and cells[0] in addresses and cells[1].isdigit():
            found[addresses[cells[0]]][int(cells[1])] = int(cells[3]) if cells[3].isdigit() else None
    return found


def containers_of(pid):
    """The first 12 digits of the container that a process is in; empty: in none, or not to be seen."""
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            found = re.findall(r"(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])", file.read())
    except OSError:
        return ""
    return found[-1][:12] if found else ""


def judge_processes(before, after, pods):
    """Who nvidia-smi says used cards, against whom the agent gave their energy: a row for each container that either of them names.

    Shares can not be compared to the digit: pmon looks at a moment, the agent at all of the time. But nobody may be missing that worked before and after, and
    nobody be given anything that nvidia-smi never saw; and the parts must sum to the node's own figure to the microjoule.
    """
    rows = []
    seen, steady = {}, set()
    for address, processes in before.items():
        for pid, use in processes.items():
            seen.setdefault(containers_of(pid), []).append(f"{address} {pid}" + ("" if use is None else f" {use} %"))
            if use and after.get(address, {}).get(pid):
                steady.add(containers_of(pid))
    for address, processes in after.items():
        for pid in processes:
            seen.setdefault(containers_of(pid), [])
    given = {}
    for container in pods["containers"]:
        if container["gpuMicrojoules"] > 0:
            given[container["container"]] = container
    for name in sorted(set(seen) | set(given)):
        if not name:
            joules = pods["systemGpuMicrojoules"] / 1e6
            rows.append((True, "split", "no container", f"{len(seen[name])} processes", f"{joules:g} J", ", ".join(seen[name])))
            continue
        container = given.get(name)
        joules = container["gpuMicrojoules"] / 1e6 if container else 0
        passed = name in seen if container else name not in steady
        who = f"{container['namespace']}/{container['name']}" if container and container["name"] else name
        rows.append((passed, "split", who, f"{len(seen.get(name, []))} processes", f"{joules:g} J", ", ".join(seen.get(name, [])) or "not told by nvidia-smi"))
    parts = sum(pods[part] for part in ("idleMicrojoules", "systemMicrojoules", "endedMicrojoules")) + sum(each["microjoules"] for each in pods["containers"])
    rows.append((parts == pods["energyMicrojoules"], "split", "sum of the parts", f"{pods['energyMicrojoules'] / 1e6:g} J", f"{parts / 1e6:g} J",
                 "a card's part is an even one" if pods["gpuEvenly"] else "by what each process used"))
    return rows


def compare_processes(smi, agent, seconds):
    before = told_processes(smi)
    pods = json.loads(run([*agent[:-3], "pods", "--for", f"{seconds:g}s", "--output", "json"], seconds + 60))
    return judge_processes(before, told_processes(smi), pods)


def compare(smi, agent, pause, split):
    root, before = ask_smi(smi)
    first = ask_agent(agent)
    _, after = ask_smi(smi)
    second = None
    if pause > 0:
        time.sleep(pause)
        second = ask_agent(agent)
    rows = []
    for address, gpu in sorted(before.items()):
        print(f"{address}  {gpu.findtext('product_name')}, driver {(root.findtext('driver_version') or '').split(' ')[0]}")
        readings = first[1].get(address)
        if readings is None or address not in after:
            rows.append((False, address, "the GPU itself", "there", "not there", ""))
            continue
        for name, look, absolute, share, knows_more in FIELDS:
            passed, says, value, why = judge(name, look, absolute, share, knows_more, gpu, after[address], readings.get(name))
            rows.append((passed, address, name, says, value, why))
        energy = second and judge_energy((first[0], readings), (second[0], second[1].get(address, readings)))
        if energy:
            rows.append((energy[0], address, "energy", *energy[1:]))
        known = {field[0] for field in FIELDS} | {"energy"}
        alone = [f"{name} {reading['value']:g}" for name, reading in readings.items() if name not in known and reading["quality"] == "ok"]
        print("  the agent alone: " + (", ".join(alone) or "nothing"))
    if split > 0:
        rows += compare_processes(smi, agent, split)
    print(f"\n{'':4}  {'gpu':12}  {'field':26}  {'nvidia-smi':>24}  {'agent':>14}  ")
    for passed, address, name, says, value, why in rows:
        print(f"{'ok' if passed else 'FAIL':4}  {address:12}  {name:26}  {says:>24}  {value:>14}  {why}")
    failed = sum(not row[0] for row in rows)
    print(f"\n{len(rows) - failed} passed, {failed} failed")
    return 1 if failed or not rows else 0


def main():
    parser = argparse.ArgumentParser(description="compare the agent's figures of NVIDIA GPUs with nvidia-smi's")
    beside = os.path.join(HERE, "homelab-agent")
    usual = beside if os.path.exists(beside) else os.path.join(HERE, "..", "..", "out", "homelab-agent")
    parser.add_argument("--agent", default=shlex.quote(usual), help="the agent's command (default: homelab-agent beside this file, or in out/)")
    parser.add_argument("--nvidia-smi", default="nvidia-smi", help="the command to compare with")
    parser.add_argument("--pause", type=float, default=2, help="seconds between two looks at the energy counter; 0 leaves it out")
    parser.add_argument("--split", type=float, default=10, help="seconds for which the node's energy is split by process; 0 leaves it out")
    options = parser.parse_args()
    smi = shlex.split(options.nvidia_smi)
    if shutil.which(smi[0]) is None:
        print("nvidia-test: this machine has no nvidia-smi, so there is nothing to compare with. Run it on one with an NVIDIA GPU and its driver.")
        return NO_GPU
    try:
        if not ask_smi(smi)[1]:
            raise RuntimeError("nvidia-smi lists no GPU")
    except (RuntimeError, ET.ParseError, subprocess.TimeoutExpired, OSError) as error:
        print(f"nvidia-test: no NVIDIA GPU that works here: {error}")
        return NO_GPU
    try:
        return compare(smi, [*shlex.split(options.agent), "sensors", "--output", "json"], options.pause, options.split)
    except (RuntimeError, ValueError, KeyError, ET.ParseError, subprocess.TimeoutExpired, OSError) as error:
        print(f"nvidia-test: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
