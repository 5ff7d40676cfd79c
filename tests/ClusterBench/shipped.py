"""The rights that packaging ships, and an aggregator's settings for a cluster under them: whatever it does in a scenario, it does with these."""
import os

import manifests

ACCOUNT = "system:serviceaccount:homelab:homelab-aggregator"
KINDS = ("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


def apply(cluster, folder):
    """Applies the accounts and roles of a kustomization. Returns kubectl's status and words, and what it was given."""
    documents, _ = manifests.render(cluster.kubectl_program, folder)
    chosen = [document for document in documents if document.kind in KINDS]
    return *cluster.kubectl("apply", "-f", "-", text="\n---\n".join(document.text for document in chosen)), chosen


def install(cluster, folder):
    code, said, _ = apply(cluster, folder)
    if code != 0:
        raise RuntimeError(said[-400:])


def with_replicas(packaging, folder):
    """Writes a kustomization of the base with two replicas; returns its folder."""
    os.makedirs(folder, exist_ok=True)
    near = os.path.relpath(os.path.join(packaging, "kustomize"), folder)
    with open(os.path.join(folder, "kustomization.yaml"), "w") as file:
        file.write(f"resources: [{near}/base]\ncomponents: [{near}/components/high-availability]\n")
    return folder


def settings(cluster, **more):
    """The section `kubernetes` of an aggregator outside the cluster, as the shipped service account."""
    kubeconfig = cluster.credentials.kubeconfig("lab", cluster.url, token=cluster.token("homelab", "homelab-aggregator"), namespace="homelab")
    return {"enabled": True, "inCluster": "false", "kubeconfig": kubeconfig, "contexts": ["lab"], "taints": "prefer", **more}
