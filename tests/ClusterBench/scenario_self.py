"""What the server itself does: identities, apply, patches, watches, events, leases, refusals. The product's client rests on it."""
import threading
import time

from api import JSON_PATCH, MERGE, STRATEGIC
from nodes import Nodes

MANAGER = "homelab-aggregator"
STATE, CLASS = "power.homelab/state", "power.homelab/class"
NODE = "/api/v1/nodes/mini-1"


def run(bench, checks):
    cluster = bench.cluster()
    Nodes(cluster.admin).create("mini-1")
    identities(cluster, checks)
    applying(cluster.admin, checks)
    statuses(cluster.admin, checks)
    patching(cluster.admin, checks)
    leases(cluster.admin, checks)
    events(cluster.admin, checks)
    rights(cluster, checks)
    watching(cluster, checks)
    auditing(cluster, checks)


def identities(cluster, checks):
    checks.equal("the server is Kubernetes 1.20.2", cluster.admin.get("/version").must()["gitVersion"], "v1.20.2")
    certificate = cluster.credentials.client("certified", "system:masters")
    checks.status("a client certificate is an identity", cluster.api(certificate=certificate).get("/api/v1/nodes"), 200)
    checks.status("a token that nobody issued is refused", cluster.api(token="nonsense").get("/api/v1/nodes"), 401)
    checks.status("nobody may read nodes without an identity", cluster.api().get("/api/v1/nodes"), 403)
    token = cluster.token("default", "stranger")
    checks.status("a service account without a role may not read nodes", cluster.api(token=token).get("/api/v1/nodes"), 403)


def _apply(api, labels, manager=MANAGER, force=True):
    return api.apply(NODE, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1", "labels": labels}}, manager, force)


def applying(api, checks):
    labels = _apply(api, {STATE: "ok", CLASS: "mini"}).must()["metadata"]["labels"]
    checks.that("server-side apply sets labels beside those of others", labels.get(STATE) == "ok" and labels.get("kubernetes.io/arch") == "amd64", f"{len(labels)} labels")
    before = api.get(NODE).must()["metadata"]["resourceVersion"]
    checks.equal("the same apply again changes nothing, not even the version", _apply(api, {STATE: "ok", CLASS: "mini"}).must()["metadata"]["resourceVersion"], before)
    labels = _apply(api, {STATE: "elevated"}).must()["metadata"]["labels"]
    checks.that("a label that is no longer applied is removed, and only that", CLASS not in labels and labels.get(STATE) == "elevated" and "kubernetes.io/os" in labels)
    checks.status("somebody else's apply to our label is a conflict", _apply(api, {STATE: "critical"}, "somebody", force=False), 409)
    managers = [each["manager"] for each in api.get(NODE).must()["metadata"]["managedFields"]]
    checks.that("the server knows the fields' manager", MANAGER in managers, ", ".join(managers))
    api.patch(NODE, {"metadata": {"labels": {"owner": "somebody"}}}).must()
    labels = _apply(api, {}).must()["metadata"]["labels"]
    checks.that("an apply of nothing takes all of ours and nothing else", STATE not in labels and labels.get("owner") == "somebody")


def statuses(api, checks):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    condition = {"type": "PowerBudgetExceeded", "status": "False", "reason": "WithinBudget", "message": "", "lastHeartbeatTime": at, "lastTransitionTime": at}
    answer = api.apply(NODE + "/status", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1"}, "status": {"conditions": [condition]}}, MANAGER)
    kinds = [each["type"] for each in answer.must()["status"]["conditions"]]
    checks.that("apply to the status adds a condition beside the kubelet's", "PowerBudgetExceeded" in kinds and "Ready" in kinds, ", ".join(kinds))
    Nodes(api).ready("mini-1")
    kinds = [each["type"] for each in api.get(NODE).must()["status"]["conditions"]]
    checks.that("a kubelet's next report leaves it there", "PowerBudgetExceeded" in kinds, ", ".join(kinds))
    api.patch(NODE, {"status": {"conditions": []}}, STRATEGIC)
    checks.that("a patch of the node itself cannot touch the status", len(api.get(NODE).must()["status"]["conditions"]) == len(kinds))
    api.patch(NODE + "/status", {"status": {"capacity": {"power.homelab/watts": "60"}}}).must()
    checks.that("an extended resource in capacity is not yet allocatable", "power.homelab/watts" not in api.get(NODE).must()["status"]["allocatable"])
    Nodes(api).heartbeat("mini-1")
    checks.equal("it is after the kubelet's next report", api.get(NODE).must()["status"]["allocatable"].get("power.homelab/watts"), "60")
    Nodes(api).reset_extended("mini-1")
    checks.equal("a kubelet that starts anew puts it to zero", api.get(NODE).must()["status"]["capacity"].get("power.homelab/watts"), "0")
    checks.status("a fraction of a watt is no extended resource", api.patch(NODE + "/status", {"status": {"capacity": {"power.homelab/watts": "1500m"}}}), 422)


def patching(api, checks):
    ours = {"key": "power.homelab/over-budget", "effect": "PreferNoSchedule"}
    theirs = {"key": "somebody", "effect": "PreferNoSchedule"}
    api.patch(NODE, {"spec": {"taints": [theirs]}}).must()
    applied = api.apply(NODE, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1"}, "spec": {"taints": [ours]}}, "tainter")
    kept = [each["key"] for each in applied.must()["spec"]["taints"]]
    checks.equal("apply owns the whole list of taints: it removes those of others", kept, ["power.homelab/over-budget"])
    api.patch(NODE, {"spec": {"taints": [theirs]}}).must()
    add = [{"op": "test", "path": "/spec/taints", "value": [theirs]}, {"op": "add", "path": "/spec/taints/-", "value": ours}]
    checks.status("a JSON patch whose test holds adds one taint", api.patch(NODE, add, JSON_PATCH), 200)
    found = api.get(NODE).must()
    checks.equal("both taints stand", sorted(each["key"] for each in found["spec"]["taints"]), ["power.homelab/over-budget", "somebody"])
    checks.status("the same patch again fails its test", api.patch(NODE, add, JSON_PATCH), 422)
    stale = [{"op": "test", "path": "/metadata/resourceVersion", "value": "1"}, {"op": "remove", "path": "/spec/taints"}]
    checks.status("a test of an old version fails too", api.patch(NODE, stale, JSON_PATCH), 422)
    checks.status("a merge patch with an old version is a conflict", api.patch(NODE, {"metadata": {"resourceVersion": "1", "labels": {"a": "b"}}}, MERGE), 409)
    checks.status("one taint cannot stand twice", api.patch(NODE, [{"op": "add", "path": "/spec/taints/-", "value": ours}], JSON_PATCH), 422)
    checks.status("a label's value has its alphabet", api.patch(NODE, {"metadata": {"labels": {STATE: "so so"}}}), 422)
    api.patch(NODE, {"spec": {"taints": []}}).must()


def leases(api, checks):
    place = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
    lease = api.post(place, {"metadata": {"name": "aggregator"}, "spec": {"holderIdentity": "one", "leaseDurationSeconds": 15, "leaseTransitions": 0}}).must()
    checks.status("a lease is made once", api.post(place, {"metadata": {"name": "aggregator"}, "spec": {"holderIdentity": "two"}}), 409)
    lease["spec"].update(holderIdentity="two", leaseTransitions=1)
    checks.status("the first of two takes it over", api.put(place + "/aggregator", lease), 200)
    lease["spec"].update(holderIdentity="three")
    checks.status("the second, who read the same version, is a conflict", api.put(place + "/aggregator", lease), 409)


def events(api, checks):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    node = {"kind": "Node", "name": "mini-1", "uid": "mini-1", "apiVersion": "v1"}
    plain = {"metadata": {"name": "mini-1.plain"}, "involvedObject": node, "reason": "Capped", "type": "Normal", "message": "25 W", "count": 1,
             "firstTimestamp": at, "lastTimestamp": at, "source": {"component": "homelab"}, "reportingComponent": "power.homelab/aggregator"}
    checks.status("a core/v1 event about a node is written in default", api.post("/api/v1/namespaces/default/events", plain), 201)
    counted = api.patch("/api/v1/namespaces/default/events/mini-1.plain", {"count": 5, "lastTimestamp": at})
    checks.that("its repetitions are counted in it", counted.ok and counted.object["count"] == 5, str(counted))
    series = {"metadata": {"name": "mini-1.series"}, "eventTime": at.replace("Z", ".000000Z"), "reportingController": "power.homelab/aggregator", "reportingInstance": "bench",
              "action": "Cap", "reason": "Capped", "type": "Normal", "note": "25 W", "regarding": node}
    place = "/apis/events.k8s.io/v1/namespaces/{}/events"
    checks.status("this release refuses an events.k8s.io/v1 event about a node in default", api.post(place.format("default"), series), 422)
    checks.status("it takes it in kube-system", api.post(place.format("kube-system"), series), 201)
    counted = api.patch(place.format("kube-system") + "/mini-1.series", {"series": {"count": 5, "lastObservedTime": series["eventTime"]}})
    checks.that("its repetitions are counted in its series", counted.ok and counted.object["series"]["count"] == 5, str(counted))
    checks.status("a note of more than 1024 bytes is refused", api.post(place.format("kube-system"), {**series, "metadata": {"name": "mini-1.long"}, "note": "x" * 1025}), 422)
    seen = api.items("/api/v1/events", fieldSelector="involvedObject.kind=Node,involvedObject.name=mini-1,involvedObject.uid=mini-1,reason=Capped")
    checks.that("kubectl describe finds both: it asks every namespace for the node's name as the UID", len(seen) == 2, f"{len(seen)} found")


def rights(cluster, checks):
    admin, name = cluster.admin, {"metadata": {"name": "bench-labels"}}
    admin.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", {**name, "rules": [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list", "watch", "patch"]},
        {"apiGroups": [""], "resources": ["nodes/status"], "verbs": ["patch"]}]}).must()
    admin.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
        **name, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "bench-labels"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "labels"}]}).must()
    account = cluster.api(token=cluster.token("default", "labels"))
    checks.status("with a role it reads nodes", account.get("/api/v1/nodes"), 200)
    checks.status("and labels them", account.apply(NODE, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1", "labels": {STATE: "ok"}}}, MANAGER), 200)
    node = admin.get(NODE).must()
    refused = {
        "delete a node": account.delete(NODE), "replace a node": account.put(NODE, node),
        "make one by apply": account.apply("/api/v1/nodes/new", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "new"}}, MANAGER),
        "read Secrets": account.get("/api/v1/secrets"), "read pods": account.get("/api/v1/pods"),
        "take a lease": account.get("/apis/coordination.k8s.io/v1/namespaces/default/leases/aggregator"),
        "widen its own role": account.patch("/apis/rbac.authorization.k8s.io/v1/clusterroles/bench-labels", {"rules": []}),
        "mint a token": account.post("/api/v1/namespaces/default/serviceaccounts/labels/token", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}})}
    for what, answer in refused.items():
        checks.status(f"beyond it, it is refused: {what}", answer, 403)
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": {"verb": "patch", "resource": "nodes"}}}
    checks.equal("it may ask what it may", account.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review).must()["status"]["allowed"], True)


def watching(cluster, checks):
    admin = cluster.admin
    Nodes(admin).create("other")
    listed = admin.get("/api/v1/nodes").must()["metadata"]["resourceVersion"]
    admin.patch(NODE, {"metadata": {"labels": {STATE: "critical"}}}).must()
    # Only a version that the watch has not told yet is worth a bookmark: the other node's, which the selector hides.
    later = threading.Timer(1, lambda: admin.patch("/api/v1/nodes/other", {"metadata": {"labels": {STATE: "ok"}}}))
    later.start()
    seen = list(admin.watch("/api/v1/nodes", listed, 6, allowWatchBookmarks="true", fieldSelector="metadata.name=mini-1"))
    later.join()
    kinds = [event["type"] for event in seen]
    checks.that("a watch from a list's version tells what came after, then bookmarks", kinds[:1] == ["MODIFIED"] and len(kinds) > 1 and set(kinds[1:]) == {"BOOKMARK"}, ", ".join(kinds))
    newest = admin.get("/api/v1/nodes/other").must()["metadata"]["resourceVersion"]
    checks.that("the bookmark's version is that of what the selector hid", bool(seen) and seen[-1]["object"]["metadata"]["resourceVersion"] == newest, newest)
    pages = admin.get("/apis/rbac.authorization.k8s.io/v1/clusterroles", limit=20).must()["metadata"]
    checks.that("a long list comes in pages", bool(pages.get("continue")), f"{pages.get('remainingItemCount')} remain")
    checks.status("a page of nonsense is refused", admin.get("/api/v1/nodes", limit=1, **{"continue": "nonsense"}), 400)
    cluster.server.kill()
    cluster.start_server()
    checks.that("the server is back after kill -9 with what it knew", admin.get(NODE).must()["metadata"]["labels"].get(STATE) == "critical", f"{cluster.ready_seconds['kube-apiserver']:.1f} s")
    gone = list(admin.watch("/api/v1/nodes", "1", 5))
    checks.that("a version that it no longer knows is an error of the stream, 410", len(gone) == 1 and gone[0]["type"] == "ERROR" and gone[0]["object"]["code"] == 410, f"{gone}"[:160])


def auditing(cluster, checks):
    ours = cluster.audit("system:serviceaccount:default:labels")
    refused = [entry for entry in ours if entry["responseStatus"]["code"] == 403]
    written = [entry for entry in ours if entry["responseStatus"]["code"] == 200]
    checks.that("the server's audit counts who wrote what", len(written) == 1 and len(refused) >= 5, f"{len(written)} written, {len(refused)} refused")
    checks.that("with its body", written[0]["requestObject"]["metadata"]["labels"] == {STATE: "ok"} if written else False)
