"""A control plane on loopback: etcd, kube-apiserver and kube-scheduler as Debian ships them, with nothing in it yet.

There is no kubelet and no controller manager. What they would do and a scenario rests on, `nodes.py` does and says so.
"""
import json
import os
import re
import shutil
import subprocess
import time
import urllib.request

from api import Api
from credentials import Credentials
from processes import Process, free_port, kill_leftovers

# Every write by anybody with its body where it goes to nodes: who wrote what and when is counted here, by the server itself.
AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Request
  verbs: [create, update, patch, delete, deletecollection]
  resources: [{group: "", resources: [nodes, nodes/status, events]}, {group: events.k8s.io, resources: [events]}]
- level: None
  users: ["system:apiserver", "system:kube-scheduler", "admin"]
- level: Metadata
"""

SCHEDULER = """apiVersion: kubescheduler.config.k8s.io/v1beta1
kind: KubeSchedulerConfiguration
clientConnection: {{kubeconfig: {kubeconfig}, qps: 200, burst: 400}}
leaderElection: {{leaderElect: false}}
podInitialBackoffSeconds: 1
podMaxBackoffSeconds: 2
healthzBindAddress: 127.0.0.1:{port}
metricsBindAddress: 127.0.0.1:{port}
"""


class Cluster:
    """Use it in a `with`. Several may run side by side, each in a folder of its own, which is emptied first."""

    def __init__(self, programs, folder, scheduler=True):
        self.programs = programs
        self.folder = os.path.abspath(folder)
        self.leftovers = kill_leftovers(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.credentials = Credentials(os.path.join(self.folder, "credentials"))
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.admin = self.api(token=self.credentials.admin_token)
        self.admin_kubeconfig = self.credentials.kubeconfig("admin", self.url, token=self.credentials.admin_token)
        self.kubectl_program = os.path.join(programs, "kubectl") if os.path.exists(os.path.join(programs, "kubectl")) else "kubectl"
        self._audit = os.path.join(self.folder, "audit.log")
        etcd_port = free_port()
        self.etcd = Process("etcd", self._etcd(etcd_port), self.folder, {"ETCD_UNSUPPORTED_ARCH": "arm64"} if os.uname().machine == "aarch64" else None)
        self.server = Process("kube-apiserver", self._server(etcd_port), self.folder)
        self._etcd_port = etcd_port
        self._scheduler_port = free_port()
        self.scheduler = Process("kube-scheduler", self._scheduler(), self.folder) if scheduler else None
        self.ready_seconds = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        begun = time.monotonic()
        self.etcd.start()
        self.ready_seconds["etcd"] = self.etcd.await_ready(lambda: self._healthy(self._etcd_port, "/health"), 60)
        self.start_server()
        if self.scheduler is not None:
            self.scheduler.start()
            self.ready_seconds["kube-scheduler"] = self.scheduler.await_ready(lambda: self._healthy(self._scheduler_port, "/healthz"), 60)
        self.namespace("default")
        self.ready_seconds["all"] = time.monotonic() - begun

    def start_server(self):
        """Also after server.kill(): the port, the keys and what is stored stay."""
        self.server.start()
        self.ready_seconds["kube-apiserver"] = self.server.await_ready(lambda: self.admin.get("/readyz").ok, 120)

    def stop(self):
        for process in (self.scheduler, self.server, self.etcd):
            if process is not None:
                # The server waits for open watches when asked kindly; nothing in it outlives the scenario.
                process.kill()

    def api(self, token=None, certificate=None):
        return Api(self.port, self.credentials.authority, token, certificate)

    def namespace(self, name, labels=None):
        """A namespace with the default account that the controller manager would make."""
        if not self.admin.get(f"/api/v1/namespaces/{name}").ok:
            made = self.admin.post("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})
            # The server makes some itself, and may do so between the look and this.
            if not self.admin.get(f"/api/v1/namespaces/{name}").ok:
                made.must()
        self.admin.post(f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
        return name

    def token(self, namespace, account, seconds=3600):
        """A real token of this service account, by the TokenRequest API; the account is made where it is missing."""
        if not self.admin.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}").ok:
            self.admin.post(f"/api/v1/namespaces/{namespace}/serviceaccounts", {"metadata": {"name": account}}).must()
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": seconds}}
        return self.admin.post(f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token", asked).must()["status"]["token"]

    def in_cluster(self, namespace, account):
        """A folder as a pod of this account finds it (token, ca.crt, namespace) and the two variables that go with it."""
        folder = os.path.join(self.folder, "pods", f"{namespace}-{account}")
        os.makedirs(folder, exist_ok=True)
        shutil.copyfile(self.credentials.authority, os.path.join(folder, "ca.crt"))
        for name, text in (("token", self.token(namespace, account)), ("namespace", namespace)):
            with open(os.path.join(folder, name), "w") as file:
                file.write(text)
        return folder, {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(self.port)}

    def kubectl(self, *words, text=None, timeout=120):
        """Runs kubectl as the administrator. Returns its status and its output with errors."""
        done = subprocess.run([self.kubectl_program, "--kubeconfig", self.admin_kubeconfig, *words], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout, env={**os.environ, "HOME": self.folder})
        return done.returncode, done.stdout.strip()

    def audit(self, user="", verbs=("create", "update", "patch", "delete"), resource=None):
        """What this user (a prefix of its name) asked of the server, oldest first: the server's own audit entries."""
        found = []
        with open(self._audit, errors="replace") as log:
            for line in log:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue  # the last line, still being written
                if entry["user"].get("username", "").startswith(user) and entry["verb"] in verbs and resource in (None, entry.get("objectRef", {}).get("resource")):
                    found.append(entry)
        return found

    def metric(self, name, **labels):
        """The sum of the server's own samples of this name that carry these labels."""
        total = 0.0
        for line in self.admin.get("/metrics").text.splitlines():
            match = re.match(r"(\w+)(?:\{(.*)\})? (\S+)$", line)
            if match and match[1] == name and all(f'{key}="{value}"' in (match[2] or "") for key, value in labels.items()):
                total += float(match[3])
        return total

    def memory(self):
        """Resident MB now and at the highest, by program."""
        return {process.name: process.megabytes() for process in (self.etcd, self.server, self.scheduler) if process is not None}

    @staticmethod
    def _healthy(port, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status == 200

    def _etcd(self, port):
        peer = free_port()
        return ["etcd", "--name", "bench", "--data-dir", os.path.join(self.folder, "etcd"), "--log-level", "warn",
                "--listen-client-urls", f"http://127.0.0.1:{port}", "--advertise-client-urls", f"http://127.0.0.1:{port}",
                "--listen-peer-urls", f"http://127.0.0.1:{peer}", "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}", "--initial-cluster", f"bench=http://127.0.0.1:{peer}"]

    def _server(self, etcd_port):
        policy = os.path.join(self.folder, "audit-policy.yaml")
        with open(policy, "w") as file:
            file.write(AUDIT_POLICY)
        certificate, key = self.credentials.server
        issuer = "https://kubernetes.default.svc"
        return [os.path.join(self.programs, "kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{etcd_port}",
                "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", f"--secure-port={self.port}",
                f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}", f"--client-ca-file={self.credentials.authority}",
                f"--token-auth-file={self.credentials.token_file}", f"--cert-dir={self.credentials.folder}",
                f"--service-account-key-file={self.credentials.service_account_key}", f"--service-account-signing-key-file={self.credentials.service_account_key}",
                f"--service-account-issuer={issuer}", f"--api-audiences={issuer}", "--service-cluster-ip-range=10.96.0.0/16",
                "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction,ServiceAccount",
                "--allow-privileged=true",
                # As every later release does by itself: pods need no Secret that a controller would have to write first.
                "--feature-gates=BoundServiceAccountTokenVolume=true,RootCAConfigMap=true",
                f"--audit-policy-file={policy}", f"--audit-log-path={self._audit}", "--profiling=false", "--v=1"]

    def _scheduler(self):
        config = os.path.join(self.folder, "scheduler.yaml")
        kubeconfig = self.credentials.kubeconfig("scheduler", self.url, token=self.credentials.scheduler_token)
        with open(config, "w") as file:
            file.write(SCHEDULER.format(kubeconfig=kubeconfig, port=self._scheduler_port))
        return [os.path.join(self.programs, "kube-scheduler"), f"--config={config}", "--secure-port=0", "--v=1"]


