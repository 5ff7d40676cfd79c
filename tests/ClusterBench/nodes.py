"""Node objects, and what their kubelets and the node controller would do to them: the part that no program of the bench does."""
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from api import JSON_PATCH, STRATEGIC

NOT_READY = "node.kubernetes.io/not-ready"
# What a kubelet owns in a node's status and writes again and again; everything else there belongs to others.
RESOURCES = ("cpu", "memory", "pods", "ephemeral-storage")


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Nodes:
    def __init__(self, api):
        self._api = api

    def create(self, name, architecture="amd64", labels=None, taints=None, cpu=4, memory="8Gi", pods=110, address="10.0.0.1", provider_id=None, control_plane=False):
        """A ready node. The server taints every new node as not ready; the node controller takes that away once it is, so here we do."""
        found = {"kubernetes.io/arch": architecture, "kubernetes.io/os": "linux", "kubernetes.io/hostname": name, **(labels or {})}
        given = list(taints or [])
        if control_plane:
            found["node-role.kubernetes.io/control-plane"] = ""
            given.append({"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"})
        resources = {"cpu": str(cpu), "memory": memory, "pods": str(pods), "ephemeral-storage": "64Gi"}
        self._api.post("/api/v1/nodes", {
            "metadata": {"name": name, "labels": found}, "spec": {"providerID": provider_id} if provider_id else {},
            "status": {
                "capacity": resources, "allocatable": resources, "conditions": self._conditions(True),
                "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
                "nodeInfo": {"architecture": architecture, "operatingSystem": "linux", "kubeletVersion": "v1.20.2", "kernelVersion": "6.12.0", "osImage": "bench",
                             "containerRuntimeVersion": "bench://0", "kubeProxyVersion": "v1.20.2", "machineID": name, "systemUUID": name, "bootID": name}}}).must()
        self._api.patch(f"/api/v1/nodes/{name}", [{"op": "replace", "path": "/spec/taints", "value": given}], JSON_PATCH).must()
        return name

    def create_many(self, count, name="node-{:04d}", parallel=8, **terms):
        """count nodes; each has an address of its own. Returns their names and the seconds that it took."""
        begun = time.monotonic()
        with ThreadPoolExecutor(parallel) as pool:
            names = list(pool.map(lambda i: self.create(name.format(i), address=f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}", **terms), range(1, count + 1)))
        return names, time.monotonic() - begun

    def get(self, name):
        return self._api.get(f"/api/v1/nodes/{name}").must()

    def label(self, name, **labels):
        """Labels by hand, with / and - written as they are: label("n", **{"power.homelab/state": "critical"}). None removes."""
        return self._api.patch(f"/api/v1/nodes/{name}", {"metadata": {"labels": labels}}).must()

    def taint(self, name, *taints):
        """The node's whole list of taints, each as KEY:EFFECT or KEY=VALUE:EFFECT."""
        made = []
        for each in taints:
            key, effect = each.rsplit(":", 1)
            key, _, value = key.partition("=")
            made.append({"key": key, "effect": effect, **({"value": value} if value else {})})
        return self._api.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": made}}).must()

    def ready(self, name, is_ready=True):
        """The Ready condition as a kubelet reports it and the taints that the node controller makes of it; other taints stay."""
        self._api.patch(f"/api/v1/nodes/{name}/status", {"status": {"conditions": self._conditions(is_ready)}}, STRATEGIC).must()
        taints = [taint for taint in self.get(name)["spec"].get("taints", []) if taint["key"] != NOT_READY]
        if not is_ready:
            taints += [{"key": NOT_READY, "effect": effect} for effect in ("NoSchedule", "NoExecute")]
        self._api.patch(f"/api/v1/nodes/{name}", {"spec": {"taints": taints}}).must()

    def reset_extended(self, name):
        """What a kubelet does that starts on a machine it does not know again: extended resources go to zero."""
        extended = {key: "0" for key in self.get(name)["status"]["capacity"] if key not in RESOURCES}
        if extended:
            self._api.patch(f"/api/v1/nodes/{name}/status", {"status": {"capacity": extended, "allocatable": extended}}, STRATEGIC).must()

    def heartbeat(self, name):
        """One status report of a kubelet: its own conditions by their type, and allocatable anew from capacity, extended resources too."""
        status = self.get(name)["status"]
        extended = {key: value for key, value in status.get("capacity", {}).items() if key not in RESOURCES}
        self._api.patch(f"/api/v1/nodes/{name}/status", {"status": {"allocatable": extended, "conditions": self._conditions(True)}}, STRATEGIC).must()

    @staticmethod
    def _conditions(is_ready):
        at = _now()
        return [{"type": "Ready", "status": "True" if is_ready else "False", "reason": "KubeletReady" if is_ready else "KubeletNotReady",
                 "message": "bench", "lastHeartbeatTime": at, "lastTransitionTime": at}] + [
            {"type": kind, "status": "False", "reason": "Kubelet", "message": "bench", "lastHeartbeatTime": at, "lastTransitionTime": at}
            for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")]


class HollowKubelets:
    """Marks every bound pod as running, and ends those that are deleted, twice a second. Use it in a `with`."""

    def __init__(self, api, heartbeats=None):
        self._api = api
        self._nodes = Nodes(api) if heartbeats else None
        self._heartbeats = heartbeats or []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.problems = []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(30)

    def _work(self):
        while not self._stop.wait(0.5):
            try:
                self.pass_once()
            except Exception as failure:  # the server may be down on purpose; the next pass tries again
                self.problems.append(str(failure))

    def pass_once(self):
        for pod in self._api.items("/api/v1/pods"):
            place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            if pod["spec"].get("nodeName") is None:
                continue
            if "deletionTimestamp" in pod["metadata"]:
                self._api.delete(place, {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0})
            elif pod["status"].get("phase") == "Pending":
                at = _now()
                self._api.patch(place + "/status", {"status": {"phase": "Running", "startTime": at, "conditions": [
                    {"type": kind, "status": "True", "lastTransitionTime": at} for kind in ("Initialized", "ContainersReady", "Ready")]}}, STRATEGIC)
        for name in self._heartbeats:
            self._nodes.heartbeat(name)
