"""The rights that packaging ships, by acting as its service accounts: what the aggregator needs works, all else is refused; agents have none."""
import json
import os
import time
from collections import Counter

import manifests
import shipped
from api import APPLY, JSON_PATCH
from nodes import Nodes
from rights import CLOSED_PATHS, SPECIAL, VERBS, requests, review, rules, tried

SPACE, NODE, LEASES = "homelab", "/api/v1/nodes/mini-1", "/apis/coordination.k8s.io/v1/namespaces/{}/leases"
LEASE = "homelab-leader"
PREFIX = "power.homelab/"
NAMESPACES = (SPACE, "default", "kube-system")


def run(bench, checks):
    cluster = bench.cluster(scheduler=False)
    Nodes(cluster.admin).create("mini-1")
    base = os.path.join(bench.packaging, "kustomize", "base")
    apply(cluster, checks, "the base", base)
    unmounted(cluster, checks, base)
    aggregator, agent = (cluster.api(token=cluster.token(SPACE, account)) for account in ("homelab-aggregator", "homelab-agent"))
    names = {"nodes": ["mini-1"], "leases": [LEASE], "secrets": ["homelab-token"], "serviceaccounts": ["homelab-aggregator"], "events": ["mini-1.cap"], "namespaces": [SPACE]}
    asked = requests(cluster.admin, NAMESPACES, names)
    checks.that("discovery names what there is to try", len(asked) > 1000, f"{len(asked)} requests on {len({(each.group, each.resource) for each in asked})} resources")
    nodes(aggregator, checks)
    events(aggregator, checks)
    refusals(aggregator, checks, "the aggregator", asked, allowed)
    refusals(agent, checks, "an agent", asked, lambda _: False)
    checks.equal("by the server's own list the agent may nothing", [rules(agent, namespace) for namespace in NAMESPACES], [[], [], []])
    beyond(cluster, checks, aggregator, agent)
    replicas(bench, cluster, checks, aggregator, agent, asked)
    same_everywhere(bench, cluster, checks, base)


def apply(cluster, checks, what, folder):
    code, said, chosen = shipped.apply(cluster, folder)
    checks.that(f"the accounts and roles of {what} are applied", code == 0 and len(chosen) >= 5, ", ".join(map(str, chosen)) if code == 0 else said[-400:])


def unmounted(cluster, checks, base):
    documents, _ = manifests.render(cluster.kubectl_program, base)
    accounts = [document for document in documents if document.kind == "ServiceAccount"]
    checks.that("no account mounts its token by itself", len(accounts) == 2 and all("automountServiceAccountToken: false" in each.text for each in accounts))
    agents = [document for document in documents if document.kind == "DaemonSet"]
    checks.that("no pod of an agent mounts one", agents and all("automountServiceAccountToken: false" in each.text and "serviceAccountToken:" not in each.text for each in agents),
                ", ".join(map(str, agents)))


def allowed(request):
    """All that the aggregator may, as the documents say it. Reviews of oneself are every account's."""
    what = (request.group, request.resource)
    if what[0] == "authorization.k8s.io" and what[1].startswith("selfsubject"):
        return request.verb == "create"
    return {("", "nodes"): ("get", "list", "watch", "patch"), ("", "nodes/status"): ("patch",), ("", "events"): ("create", "patch")}.get(what, ()).__contains__(request.verb)


def allowed_with_lease(request):
    if (request.group, request.resource, request.namespace) == ("coordination.k8s.io", "leases", SPACE):
        return request.verb == "create" or (request.verb in ("get", "update") and request.name == LEASE)
    return allowed(request)


def nodes(account, checks):
    checks.status("the aggregator lists nodes", account.get("/api/v1/nodes"), 200)
    checks.status("and reads one", account.get(NODE), 200)
    version = account.get("/api/v1/nodes").must()["metadata"]["resourceVersion"]
    ours = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1", "labels": {PREFIX + "state": "ok"}, "annotations": {PREFIX + "watts": "12"}}}
    checks.status("it applies labels and annotations", account.apply(NODE, ours, "homelab-aggregator"), 200)
    seen = list(account.watch("/api/v1/nodes", version, 2, allowWatchBookmarks="true"))
    checks.that("and sees that in its watch", bool(seen) and seen[0]["type"] == "MODIFIED", ", ".join(event["type"] for event in seen))
    taint = [{"op": "add", "path": "/spec/taints", "value": [{"key": PREFIX + "throttling", "effect": "PreferNoSchedule"}]}]
    checks.status("it patches taints", account.patch(NODE, taint, JSON_PATCH), 200)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    condition = {"type": "PowerBudgetExceeded", "status": "False", "reason": "WithinBudget", "message": "", "lastHeartbeatTime": at, "lastTransitionTime": at}
    status = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "mini-1"}, "status": {"conditions": [condition]}}
    checks.status("it applies conditions to the status", account.apply(NODE + "/status", status, "homelab-aggregator"), 200)
    checks.status("it advertises watts", account.patch(NODE + "/status", [{"op": "add", "path": "/status/capacity/power.homelab~1watts", "value": "60"}], JSON_PATCH), 200)
    new = account.patch("/api/v1/nodes/new", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "new"}}, APPLY, fieldManager="homelab-aggregator")
    checks.status("an apply that would make a node is refused", new, 403)


def events(account, checks):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    event = {"metadata": {"name": "mini-1.cap"}, "involvedObject": {"kind": "Node", "name": "mini-1", "uid": "mini-1", "apiVersion": "v1"}, "reason": "PowerCapApplied",
             "type": "Normal", "message": "25 W", "count": 1, "firstTimestamp": at, "lastTimestamp": at, "source": {"component": "homelab-aggregator"}}
    checks.status("it writes an event about a node in default", account.post("/api/v1/namespaces/default/events", event), 201)
    checks.status("and counts its repetitions", account.patch("/api/v1/namespaces/default/events/mini-1.cap", {"count": 2, "lastTimestamp": at}), 200)
    checks.status("it does not read events", account.get("/api/v1/namespaces/default/events/mini-1.cap"), 403)


def refusals(account, checks, who, asked, may):
    """Each of these requests for real: 403 where it is not on the list, anything else where it is (the bodies are empty)."""
    answers = tried(account, asked)
    leaks = [f"{request}: {status}" for request, status in answers if not permitted(may, request) and status != 403]
    short = [f"{request}: {status}" for request, status in answers if permitted(may, request) and status in (401, 403)]
    refused = Counter(request.verb for request, status in answers if status == 403)
    enough = refused.total() > 1000 and all(refused[verb] > 100 for verb in VERBS)
    checks.that(f"whatever else is tried, {who} is refused", enough and not leaks,
                "; ".join(leaks[:6]) or f"{refused.total()} answers 403: " + ", ".join(f"{refused[verb]} {verb}" for verb in VERBS))
    let = sorted({f"{request.verb} {request.resource}" for request, status in answers if status != 403})
    checks.that(f"what is on the list is not refused to {who}", not short, "; ".join(short[:6]) or ", ".join(let))


def permitted(may, request):
    everyone = request.group == "authorization.k8s.io" and request.resource.startswith("selfsubject") and request.verb == "create"
    return everyone or may(request)


def beyond(cluster, checks, aggregator, agent):
    """What is no request on a resource: acting as another, handing on rights, paths of the server itself."""
    for who, account in (("the aggregator", aggregator), ("an agent", agent)):
        granted = [f"{verb} {resource}" for verb, group, resource, name in SPECIAL if review(account, verb, group, resource, name)]
        checks.that(f"{who} may not impersonate, bind, escalate, approve, sign, use a policy or proxy", not granted, ", ".join(granted) or f"{len(SPECIAL)} reviews")
        open_paths = [path for path in CLOSED_PATHS if account.get(path).status != 403]
        checks.that(f"the server's own paths are closed to {who}", not open_paths, ", ".join(open_paths) or ", ".join(CLOSED_PATHS))
    checks.that("a review can say yes", review(aggregator, "patch", "", "nodes") and review(cluster.admin, "impersonate", "", "users", "admin"))


def replicas(bench, cluster, checks, aggregator, agent, asked):
    """The component for two replicas brings the right to one lease by its name."""
    place = LEASES.format(SPACE)
    checks.status("without the component there is no lease for it", aggregator.get(f"{place}/{LEASE}"), 403)
    folder = shipped.with_replicas(bench.packaging, os.path.join(bench.folder, "high-availability"))
    apply(cluster, checks, "the base with two replicas", folder)
    lease = {"metadata": {"name": LEASE}, "spec": {"holderIdentity": "one", "leaseDurationSeconds": 15, "leaseTransitions": 0}}
    # The authorizer reads new roles from its cache.
    for _ in range(50):
        made = aggregator.post(place, lease)
        if made.status != 403:
            break
        time.sleep(0.1)
    checks.status("with it the aggregator makes its lease", made, 201)
    held = aggregator.get(f"{place}/{LEASE}")
    checks.status("reads it", held, 200)
    held.object["spec"].update(holderIdentity="two", leaseTransitions=1)
    checks.status("and renews it", aggregator.put(f"{place}/{LEASE}", held.object), 200)
    cluster.admin.post(place, {"metadata": {"name": "other"}, "spec": {"holderIdentity": "somebody"}}).must()
    cluster.admin.post(LEASES.format("default"), {"metadata": {"name": LEASE}, "spec": {"holderIdentity": "somebody"}}).must()
    others = {"another lease": f"{place}/other", "one of its name in another namespace": f"{LEASES.format('default')}/{LEASE}"}
    for what, path in others.items():
        answers = [aggregator.get(path).status, aggregator.put(path, cluster.admin.get(path).must()).status, aggregator.delete(path).status]
        checks.equal(f"{what} is refused: get, update, delete", answers, [403, 403, 403])
    refusals(aggregator, checks, "the aggregator of two", asked, allowed_with_lease)
    leaks = [str(request) for request, status in tried(agent, [each for each in asked if each.resource == "leases"]) if status != 403]
    checks.that("an agent has no lease there either", not leaks, ", ".join(leaks))
    checks.equal("by the server's own list the aggregator may this and no more", rules(aggregator, SPACE),
                 ["create leases", "create,patch events", "get,list,patch,watch nodes", f"get,update leases {LEASE}", "patch nodes/status"])
    checks.note("a right to create leases cannot be bound to a name: the aggregator could make another lease in its own namespace, and then neither read nor change it")


def same_everywhere(bench, cluster, checks, base):
    """The overlays and single files give no more than what was tried above."""
    def granted(path):
        documents, _ = manifests.render(cluster.kubectl_program, path)
        return {document.kind + "/" + document.name: document.text for document in documents if document.kind in shipped.KINDS[2:]}
    most = {**granted(base), **granted(os.path.join(bench.folder, "high-availability"))}
    for folder, names in (("kustomize/overlays", sorted(os.listdir(os.path.join(bench.packaging, "kustomize", "overlays")))),
                          ("manifests", sorted(name for name in os.listdir(os.path.join(bench.packaging, "manifests")) if name.endswith(".yaml")))):
        other = {}
        for name in names:
            found = granted(os.path.join(bench.packaging, folder, name))
            other.update({f"{name}: {key}": text for key, text in found.items() if most.get(key) != text})
        checks.that(f"packaging/{folder} grants nothing but that", bool(names) and not other, json.dumps(list(other)) if other else ", ".join(names))
