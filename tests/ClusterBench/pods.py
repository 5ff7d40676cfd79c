"""Pods as a user of the cluster writes them, and where the scheduler put them."""
from api import until

ZERO = {"kind": "DeleteOptions", "apiVersion": "v1", "gracePeriodSeconds": 0}


def expression(key, operator, *values):
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def required(*expressions):
    """Node affinity: only nodes for which all of these hold."""
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": list(expressions)}]}}}


def preferred(*weighted):
    """Node affinity: (weight, expression) each, the sum decides."""
    return {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "preference": {"matchExpressions": [each]}} for weight, each in weighted]}}


def tolerate(key, effect=None, operator="Exists"):
    return {"key": key, "operator": operator, **({"effect": effect} if effect else {})}


class Pods:
    def __init__(self, api, namespace="default"):
        self._api = api
        self._place = f"/api/v1/namespaces/{namespace}/pods"

    def create(self, name, affinity=None, tolerations=None, resources=None, labels=None):
        """resources are both requests and limits: an extended resource has to say the same in both."""
        resources = resources or {}
        self._api.post(self._place, {"metadata": {"name": name, "labels": labels or {}}, "spec": {
            "affinity": affinity, "tolerations": tolerations or [],
            "containers": [{"name": "work", "image": "none", "resources": {"requests": resources, "limits": resources}}]}}).must()
        return name

    def several(self, name, count, **terms):
        return [self.create(f"{name}-{i}", **terms) for i in range(count)]

    def node(self, name):
        """The node that the scheduler bound it to; None before."""
        return self._api.get(f"{self._place}/{name}").must()["spec"].get("nodeName")

    def bound(self, *names, timeout=20):
        """The nodes of these pods once all are bound, or what is known when the time is up. In the order of names."""
        return until(lambda: (lambda found: found if all(found) else None)([self.node(name) for name in names]), timeout)[0] or [self.node(name) for name in names]

    def refused(self, name, timeout=20):
        """What the scheduler says about a pod that fits nowhere; "" where it was bound or nothing was said."""
        def said():
            conditions = self._api.get(f"{self._place}/{name}").must()["status"].get("conditions", [])
            return next((each.get("message", "") for each in conditions if each["type"] == "PodScheduled" and each["status"] == "False"), "")
        return until(said, timeout)[0]

    def clear(self):
        for pod in self._api.items(self._place):
            self._api.delete(f"{self._place}/{pod['metadata']['name']}", ZERO)
        until(lambda: not self._api.items(self._place), 20)
