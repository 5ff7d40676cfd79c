"""What an account may do, asked of the server by doing it: every verb on everything that discovery names, in every kind of place."""
from concurrent.futures import ThreadPoolExecutor

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
# Verbs that no request of HTTP is: the server is asked about them by review. (verb, group, resource, name)
SPECIAL = [("impersonate", "", "users", "admin"), ("impersonate", "", "groups", "system:masters"), ("impersonate", "", "serviceaccounts", "default"),
           ("bind", "rbac.authorization.k8s.io", "clusterroles", "cluster-admin"), ("escalate", "rbac.authorization.k8s.io", "clusterroles", "cluster-admin"),
           ("bind", "rbac.authorization.k8s.io", "roles", "any"), ("escalate", "rbac.authorization.k8s.io", "roles", "any"),
           ("approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client"), ("sign", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client"),
           ("use", "policy", "podsecuritypolicies", "any"), ("proxy", "", "nodes", "mini-1"), ("*", "*", "*", "")]
CLOSED_PATHS = ("/metrics", "/logs", "/debug/pprof/", "/debug/flags/v", "/anything")


class Request:
    """One verb on one resource in one place. namespace is None for a resource of the cluster, and for all namespaces at once."""

    def __init__(self, verb, version, resource, namespace, name):
        self.verb, self.version, self.namespace, self.name = verb, version, namespace, name
        self.group = version.rpartition("/")[0]
        self.resource = resource

    @property
    def path(self):
        resource, _, sub = self.resource.partition("/")
        words = ["", "api" if self.version == "v1" else "apis", self.version]
        words += ["namespaces", self.namespace] if self.namespace else []
        words += [resource] + ([self.name] if self.name else []) + ([sub] if sub else [])
        return "/".join(words)

    def send(self, api):
        method = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT", "patch": "PATCH"}.get(self.verb, "DELETE")
        body = None if method in ("GET", "DELETE") else {}
        query = {"watch": "true", "timeoutSeconds": "1"} if self.verb == "watch" else None
        return api.call(method, self.path, body, "application/merge-patch+json" if method == "PATCH" else "application/json", query)

    def __str__(self):
        return f"{self.verb} {self.path}"


def requests(admin, namespaces, names):
    """Every verb on every resource and subresource that the server has. names gives a resource more names than the one that nothing bears."""
    versions = ["v1"] + [version["groupVersion"] for group in admin.get("/apis").must()["groups"] for version in group["versions"]]
    made = []
    for version in versions:
        for found in admin.get(("/api/" if version == "v1" else "/apis/") + version).must()["resources"]:
            for place in namespaces if found["namespaced"] else [None]:
                made += _on(version, found["name"], place, names.get(found["name"].partition("/")[0], []))
            if found["namespaced"] and "/" not in found["name"]:
                made += [Request(verb, version, found["name"], None, None) for verb in ("list", "watch")]
    return made


def _on(version, resource, place, names):
    # A subresource has no collection, what is made by POST has a name only there; a watch of one object is the verb watch as well.
    if "/" in resource:
        return [Request(verb, version, resource, place, name) for verb in ("get", "create", "update", "patch", "delete") for name in ["any", *names]]
    collection = [Request(verb, version, resource, place, None) for verb in ("list", "watch", "create", "deletecollection")]
    return collection + [Request(verb, version, resource, place, name) for verb in ("get", "update", "patch", "delete") for name in ["any", *names]]


def tried(account, asked):
    """(request, status) of each, four at a time."""
    with ThreadPoolExecutor(4) as pool:
        return list(zip(asked, pool.map(lambda request: request.send(account).status, asked)))


def review(account, verb, group, resource, name="", namespace="", subresource=""):
    """What the server says that this account may."""
    attributes = {"verb": verb, "group": group, "resource": resource, "name": name, "namespace": namespace, "subresource": subresource}
    asked = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    return account.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", asked).must()["status"]["allowed"]


def rules(account, namespace):
    """The server's own list of what this account may in a namespace: (verbs, groups, resources, names), without what every account may."""
    asked = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview", "spec": {"namespace": namespace}}
    found = account.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", asked).must()["status"]["resourceRules"]
    texts = ("{} {}{}".format(",".join(sorted(rule["verbs"])), ",".join(rule["resources"]), "".join(f" {name}" for name in rule.get("resourceNames", []))) for rule in found)
    return sorted(text for text in texts if not text.startswith("create selfsubject"))
