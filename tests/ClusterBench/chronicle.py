"""Every version of every Node object that the server told of, as changes: what came, went and when. A scenario's own watch."""
import threading
import time

PREFIX = "power.homelab/"
CONDITIONS = ("PowerBudgetExceeded", "ThermalThrottling", "UnderVoltage")


def labels(node):
    """Ours, without the prefix."""
    return {key.removeprefix(PREFIX): value for key, value in node["metadata"].get("labels", {}).items() if key.startswith(PREFIX)}


def annotations(node):
    return {key.removeprefix(PREFIX): value for key, value in node["metadata"].get("annotations", {}).items() if key.startswith(PREFIX)}


def taints(node):
    return {taint["key"].removeprefix(PREFIX): taint["effect"] for taint in node["spec"].get("taints", []) if taint["key"].startswith(PREFIX)}


def conditions(node):
    return {each["type"]: each["status"] for each in node["status"].get("conditions", []) if each["type"] in CONDITIONS}


def facts(node):
    """All of ours in one: (kind, name) to value. Annotations are figures that come and go with telemetry; they are left out."""
    found = {("label", key): value for key, value in labels(node).items()}
    found.update({("taint", key): value for key, value in taints(node).items()})
    found.update({("condition", key): value for key, value in conditions(node).items()})
    return found


class Change:
    def __init__(self, at, node, kind, name, before, after):
        self.at, self.node, self.kind, self.name, self.before, self.after = at, node, kind, name, before, after

    @property
    def is_removal(self):
        """Gone, or a condition that is no longer True."""
        return self.after is None or (self.kind == "condition" and self.before == "True" and self.after != "True")

    def __str__(self):
        return f"{self.node} {self.kind} {self.name}: {self.before} to {self.after}"


class Chronicle:
    """Use it in a `with`. Times are time.monotonic's."""

    def __init__(self, api):
        self._api = api
        self._stop = threading.Event()
        self._nodes = {}
        self.changes = []
        self.problems = []

    def __enter__(self):
        listed = self._api.get("/api/v1/nodes").must()
        for node in listed["items"]:
            self._nodes[node["metadata"]["name"]] = node
        self._version = listed["metadata"]["resourceVersion"]
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(10)

    def __getitem__(self, name):
        return self._nodes[name]

    @property
    def nodes(self):
        return dict(self._nodes)

    def since(self, at, kind=None, name=None, node=None):
        return [change for change in list(self.changes) if change.at >= at and kind in (None, change.kind) and name in (None, change.name) and node in (None, change.node)]

    def wait(self, holds, timeout):
        """Waits until holds() of these nodes. Returns the seconds that it took, None when it did not come."""
        begun = time.monotonic()
        while time.monotonic() - begun < timeout:
            if holds():
                return time.monotonic() - begun
            time.sleep(0.1)
        return None

    def _work(self):
        while not self._stop.is_set():
            try:
                for event in self._api.watch("/api/v1/nodes", self._version, 3, allowWatchBookmarks="true"):
                    self._take(event)
            except Exception as failure:  # a scenario may take the server down
                self.problems.append(str(failure))
                self._stop.wait(0.5)

    def _take(self, event):
        if event["type"] == "ERROR":
            raise RuntimeError(str(event["object"])[:200])
        self._version = event["object"]["metadata"]["resourceVersion"]
        if event["type"] != "MODIFIED":
            return
        node, at = event["object"], time.monotonic()
        name = node["metadata"]["name"]
        before, after = facts(self._nodes[name]), facts(node)
        for key in sorted({*before, *after}):
            if before.get(key) != after.get(key):
                self.changes.append(Change(at, name, *key, before.get(key), after.get(key)))
        self._nodes[name] = node
