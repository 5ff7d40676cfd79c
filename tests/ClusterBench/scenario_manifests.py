"""Every manifest and overlay under packaging, rendered by kubectl and dry-run by the server; what is newer than the server is said."""
import json
import os
import re

import manifests
from api import until

# The overlays that the project promises; others that are found are tried too.
PROMISED = ["kustomize/base"] + [f"kustomize/overlays/{name}" for name in ("k3s", "talos", "nvidia", "rpi", "enforce")] + ["manifests/install.yaml"]


def run(bench, checks):
    found = find(bench.packaging)
    for path in PROMISED:
        if path in found or path in bench.absent:
            continue
        checks.that(f"packaging/{path} is there", False, "missing; --absent says that it is missing on purpose")
    if not found:
        return
    cluster = bench.cluster(scheduler=False)
    install_kinds(cluster)
    served = discover(cluster.admin)
    proves_refusal(cluster, checks)
    for path in found:
        manifest(cluster, checks, os.path.join(bench.packaging, path), path, served)


def find(packaging):
    """Every folder with a kustomization, and every YAML file of manifests/, in packaging's own names. Components render only in what includes them."""
    found = []
    for folder, folders, files in os.walk(os.path.join(packaging, "kustomize")):
        folders.sort()
        names = {"kustomization.yaml", "kustomization.yml", "Kustomization"} & set(files)
        if names:
            with open(os.path.join(folder, names.pop())) as file:
                if not re.search(r"^kind: *Component\b", file.read(), re.M):
                    found.append(os.path.relpath(folder, packaging))
    for folder, folders, files in os.walk(os.path.join(packaging, "manifests")):
        folders.sort()
        found += [os.path.relpath(os.path.join(folder, name), packaging) for name in sorted(files) if name.endswith((".yaml", ".yml"))]
    return found


def install_kinds(cluster):
    made = manifests.definitions()
    for each in made:
        cluster.admin.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", each).must()

    def established():
        ready = [any(c["type"] == "Established" and c["status"] == "True" for c in (each.get("status", {}).get("conditions") or []))
                 for each in cluster.admin.items("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")]
        return len(ready) == len(made) and all(ready)
    until(established, 60)
    # kubectl judges fields by the server's own description, which follows a moment later.
    until(lambda: f"homelab.bench.policies.v1.{list(manifests.POLICIES)[-1]}" in cluster.admin.get("/openapi/v2").text, 60, 0.5)


def discover(api):
    """(apiVersion, kind) of everything that this server has."""
    versions = ["v1"] + [version["groupVersion"] for group in api.get("/apis").must()["groups"] for version in group["versions"]]
    found = set()
    for version in versions:
        for resource in api.get(("/api/" if version == "v1" else "/apis/") + version).must()["resources"]:
            found.add((version, resource["kind"]))
    return found


def proves_refusal(cluster, checks):
    """The dry run has to be able to say no, or its yes is worth nothing."""
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "wrong"}, "spec": {"ports": [{"port": 0}]}}
    code, said = dry_run(cluster, json.dumps(wrong))
    checks.that("a Service on port 0 is refused by the server", code != 0 and "port" in said, said[:160])
    code, said = dry_run(cluster, json.dumps({**wrong, "spec": {"ports": [{"port": 80}], "sessionAfinity": "None"}}))
    checks.that("a misspelt field is refused", code != 0 and "sessionAfinity" in said, said[:160])
    policy = {"apiVersion": manifests.POLICY_STANDS_IN, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "wrong"},
              "spec": {"matchConstraints": {"resourceRules": []}, "validations": [{"expression": "true", "reason": "Because"}]}}
    code, said = dry_run(cluster, json.dumps(policy))
    checks.that("a policy with no rules and an unknown reason is refused", code != 0 and "resourceRules" in said and "reason" in said, said[-200:])


def dry_run(cluster, text, validate="strict"):
    return cluster.kubectl("apply", "--dry-run=server", f"--validate={validate}", "-f", "-", text=text)


def manifest(cluster, checks, path, name, served):
    try:
        documents, warnings = manifests.render(cluster.kubectl_program, path)
    except RuntimeError as failure:
        checks.that(f"{name} renders", False, str(failure)[-400:])
        return
    checks.that(f"{name} renders", bool(documents), f"{len(documents)} objects")
    if warnings:
        checks.note(f"{name}: kubectl says: {warnings[:300]}")
    own = {document.name for document in documents if document.kind == "Namespace"}
    for document in documents:
        if document.kind == "Namespace":
            cluster.namespace(document.name)
    for missing in sorted({document.namespace for document in documents if document.namespace} - own - {"default", "kube-system"}):
        checks.note(f"{name}: expects the namespace {missing} and does not bring it")
        cluster.namespace(missing)
    for document in documents:
        judge(cluster, checks, name, document, served)


def judge(cluster, checks, name, document, served):
    """One object before the server, under the name by which it knows it."""
    claim, key, stated = f"{name}: {document}", (document.api_version, document.kind), ""
    if key not in served:
        group = document.api_version.split("/")[0]
        if key in manifests.RENAMED:
            document, stated = document.as_version(manifests.RENAMED[key]), f"{key[0]} is newer than this server, judged as {manifests.RENAMED[key]}"
        elif group == "admissionregistration.k8s.io" and document.kind in manifests.POLICIES:
            document, stated = document.as_version(manifests.POLICY_STANDS_IN), "newer than this server, judged by a schema written by hand; its expressions are not compiled"
        else:
            versions = manifests.FOREIGN.get((group, document.kind), ("", []))[1]
            checks.that(claim, False, f"{key[0]} {key[1]} is unknown here" + (f"; known as {', '.join(versions)}" if versions else ""))
            return
    code, said = dry_run(cluster, document.text)
    unknown = set(re.findall(r'unknown field "([^"]+)"', said))
    newer = {field: manifests.NEWER_FIELDS[field] for field in unknown if field in manifests.NEWER_FIELDS}
    if code != 0 and unknown and len(newer) == len(unknown):
        code, said = dry_run(cluster, document.text, "ignore")
        stated = "; ".join(filter(None, [stated, ", ".join(f"{field} is of {release} and not judged" for field, release in sorted(newer.items()))]))
    checks.that(claim, code == 0, (stated if code == 0 else " ".join(said.split())[-500:]))
