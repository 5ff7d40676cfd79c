"""Manifests as kubectl renders them, cut into documents, and the kinds that a bare API server of this release does not have."""
import os
import re
import subprocess
import tempfile


class Document:
    """One object of kustomize's output, which is canonical: keys in order, no comments, no flow style at the top."""

    def __init__(self, text):
        self.text = text
        self.api_version = self._top("apiVersion")
        self.kind = self._top("kind")
        self.name = self._in_metadata("name")
        self.namespace = self._in_metadata("namespace")

    def _top(self, key):
        found = re.search(rf"^{key}: *['\"]?([^'\"\n]+)", self.text, re.M)
        return found[1].strip() if found else ""

    def _in_metadata(self, key):
        block = re.search(r"^metadata:\n((?:  .*\n?)*)", self.text, re.M)
        found = re.search(rf"^  {key}: *['\"]?([^'\"\n]+)", block[1], re.M) if block else None
        return found[1].strip() if found else ""

    def as_version(self, api_version, kind=None):
        """The same document under another name, for a server that knows it only so."""
        text = re.sub(r"^apiVersion: .*$", f"apiVersion: {api_version}", self.text, count=1, flags=re.M)
        return Document(re.sub(r"^kind: .*$", f"kind: {kind or self.kind}", text, count=1, flags=re.M))

    def __str__(self):
        return f"{self.kind} {self.namespace + '/' if self.namespace else ''}{self.name}"


def render(kubectl, path):
    """The documents of a kustomization's folder, or of a plain file, through the same renderer. Raises with kubectl's words."""
    if os.path.isdir(path):
        return _documents(kubectl, path)
    with tempfile.TemporaryDirectory() as folder:
        with open(path) as source, open(os.path.join(folder, "all.yaml"), "w") as copy:
            copy.write(source.read())
        with open(os.path.join(folder, "kustomization.yaml"), "w") as file:
            file.write("resources: [all.yaml]\n")
        return _documents(kubectl, folder)


def _documents(kubectl, folder):
    done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return [Document(part) for part in re.split(r"^---\s*$", done.stdout, flags=re.M) if part.strip()], done.stderr.strip()


# Kinds of other projects that manifests of ours may name: plural, versions that their current releases serve.
FOREIGN = {
    ("monitoring.coreos.com", "ServiceMonitor"): ("servicemonitors", ["v1"]),
    ("monitoring.coreos.com", "PodMonitor"): ("podmonitors", ["v1"]),
    ("monitoring.coreos.com", "PrometheusRule"): ("prometheusrules", ["v1"]),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): ("kustomizations", ["v1"]),
    ("helm.toolkit.fluxcd.io", "HelmRelease"): ("helmreleases", ["v2"]),
    ("source.toolkit.fluxcd.io", "GitRepository"): ("gitrepositories", ["v1"]),
    ("source.toolkit.fluxcd.io", "OCIRepository"): ("ocirepositories", ["v1", "v1beta2"]),
    ("source.toolkit.fluxcd.io", "HelmRepository"): ("helmrepositories", ["v1"]),
    ("argoproj.io", "Application"): ("applications", ["v1alpha1"]),
    ("argoproj.io", "ApplicationSet"): ("applicationsets", ["v1alpha1"]),
    ("argoproj.io", "AppProject"): ("appprojects", ["v1alpha1"]),
}

# Kinds that came after 1.20 under a name with the same fields: the server judges them by the older name.
RENAMED = {
    ("policy/v1", "PodDisruptionBudget"): "policy/v1beta1",
    ("batch/v1", "CronJob"): "batch/v1beta1",
    ("autoscaling/v2", "HorizontalPodAutoscaler"): "autoscaling/v2beta2",
    ("discovery.k8s.io/v1", "EndpointSlice"): "discovery.k8s.io/v1beta1",
}

# Fields of kinds that 1.20 has, with the release that brought them: unknown here, and dropped by the server.
NEWER_FIELDS = {"appArmorProfile": "1.30", "internalTrafficPolicy": "1.21", "trafficDistribution": "1.30", "minDomains": "1.24", "os": "1.23", "matchLabelKeys": "1.25",
                "nodeTaintsPolicy": "1.25", "nodeAffinityPolicy": "1.25", "hostUsers": "1.25", "unhealthyPodEvictionPolicy": "1.26", "minReadySeconds": "1.22",
                "ipFamilyPolicy": "1.20", "resizePolicy": "1.27", "persistentVolumeClaimRetentionPolicy": "1.23", "ephemeralContainers": "1.23", "grpc": "1.23", "recursiveReadOnly": "1.30"}

# nullable, because this release's validator, built by a Go of today, takes "" for null; "" is the core API group.
_STRINGS = {"type": "array", "items": {"type": "string", "nullable": True}}
_SELECTOR = {"type": "object", "properties": {
    "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
    "matchExpressions": {"type": "array", "items": {"type": "object", "required": ["key", "operator"], "properties": {
        "key": {"type": "string"}, "operator": {"type": "string", "enum": ["In", "NotIn", "Exists", "DoesNotExist"]}, "values": _STRINGS}}}}}
_RULES = {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["operations", "apiGroups", "apiVersions", "resources"], "properties": {
    "operations": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["CREATE", "UPDATE", "DELETE", "CONNECT", "*"]}},
    "apiGroups": _STRINGS, "apiVersions": _STRINGS, "resources": _STRINGS, "resourceNames": _STRINGS, "scope": {"type": "string", "enum": ["Cluster", "Namespaced", "*"]}}}}
_MATCH = {"type": "object", "properties": {"namespaceSelector": _SELECTOR, "objectSelector": _SELECTOR, "resourceRules": _RULES, "excludeResourceRules": _RULES,
                                           "matchPolicy": {"type": "string", "enum": ["Exact", "Equivalent"]}}}
_NAMED = {"type": "array", "items": {"type": "object", "required": ["name", "expression"], "properties": {"name": {"type": "string"}, "expression": {"type": "string"}}}}
_PARAMETERS = {"type": "object", "required": ["apiVersion", "kind"], "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}}

# admissionregistration.k8s.io/v1 of Kubernetes 1.30 by its reference. Expressions are text here: no CEL of 1.20 could compile them.
POLICIES = {
    "ValidatingAdmissionPolicy": ("validatingadmissionpolicies", {"type": "object", "required": ["matchConstraints"], "properties": {
        "failurePolicy": {"type": "string", "enum": ["Fail", "Ignore"]}, "paramKind": _PARAMETERS, "matchConstraints": {**_MATCH, "required": ["resourceRules"]},
        "matchConditions": _NAMED, "variables": _NAMED,
        "validations": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["expression"], "properties": {
            "expression": {"type": "string", "minLength": 1}, "message": {"type": "string"}, "messageExpression": {"type": "string"},
            "reason": {"type": "string", "enum": ["Unauthorized", "Forbidden", "Invalid", "RequestEntityTooLarge"]}}}},
        "auditAnnotations": {"type": "array", "items": {"type": "object", "required": ["key", "valueExpression"], "properties": {
            "key": {"type": "string"}, "valueExpression": {"type": "string"}}}}}}),
    "ValidatingAdmissionPolicyBinding": ("validatingadmissionpolicybindings", {"type": "object", "required": ["policyName", "validationActions"], "properties": {
        "policyName": {"type": "string", "minLength": 1}, "matchResources": _MATCH,
        "validationActions": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": ["Deny", "Warn", "Audit"]}},
        "paramRef": {"type": "object", "required": ["parameterNotFoundAction"], "properties": {
            "name": {"type": "string"}, "namespace": {"type": "string"}, "selector": _SELECTOR, "parameterNotFoundAction": {"type": "string", "enum": ["Allow", "Deny"]}}}}}),
}
POLICY_STANDS_IN = "policies.bench.homelab/v1"


def definition(group, kind, plural, versions, scope="Namespaced", spec=None):
    """A CustomResourceDefinition that takes anything, or this spec and nothing else."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = anything if spec is None else {"type": "object", "required": ["spec"], "properties": {"spec": spec}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": scope, "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": kind + "List"},
                     "versions": [{"name": version, "served": True, "storage": version == versions[0], "schema": {"openAPIV3Schema": schema}} for version in versions]}}


def definitions():
    made = [definition(group, kind, plural, versions) for (group, kind), (plural, versions) in FOREIGN.items()]
    return made + [definition(POLICY_STANDS_IN.split("/")[0], kind, plural, ["v1"], "Cluster", spec) for kind, (plural, spec) in POLICIES.items()]
