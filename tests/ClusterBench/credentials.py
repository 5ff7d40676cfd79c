"""Who may talk to the cluster: its own authority, certificates, service-account keys, static tokens, kubeconfig files."""
import base64
import os
import secrets
import subprocess


class Credentials:
    """Made anew for every cluster, in its folder. Keys are on P-256: a start waits for no RSA primes."""

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, mode=0o700, exist_ok=True)
        self.authority = self.path("ca.crt")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=cluster-bench",
                      "-keyout", self.path("ca.key"), "-out", self.authority)
        self.server = self._issue("server", "/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth")
        self.service_account_key = self.path("service-accounts.key")
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.service_account_key)
        self.admin_token = secrets.token_hex(16)
        self.scheduler_token = secrets.token_hex(16)
        self.token_file = self.path("tokens.csv")
        with open(self.token_file, "w") as file:
            file.write(f'{self.admin_token},admin,admin,"system:masters"\n{self.scheduler_token},system:kube-scheduler,scheduler\n')

    def path(self, name):
        return os.path.join(self.folder, name)

    def client(self, user, *groups):
        """A client certificate for this user and these groups. Returns the files of the certificate and its key."""
        return self._issue(user.replace(":", "-"), "".join(f"/O={group}" for group in groups) + f"/CN={user}", "extendedKeyUsage=clientAuth")

    def kubeconfig(self, name, url, token=None, token_file=None, certificate=None, namespace="default", inline=True):
        """Writes NAME.kubeconfig with one context, NAME, and returns its path. certificate is what client() returned."""
        user = []
        if token is not None:
            user.append(f"token: {token}")
        if token_file is not None:
            user.append(f"tokenFile: {token_file}")
        if certificate is not None:
            user += [self._entry("client-certificate", certificate[0], inline), self._entry("client-key", certificate[1], inline)]
        path = self.path(name + ".kubeconfig")
        with open(path, "w") as file:
            file.write("apiVersion: v1\nkind: Config\n"
                       f"clusters:\n- name: {name}\n  cluster:\n    server: {url}\n    {self._entry('certificate-authority', self.authority, inline)}\n"
                       f"users:\n- name: {name}\n  user:\n    " + "\n    ".join(user) + "\n"
                       f"contexts:\n- name: {name}\n  context:\n    cluster: {name}\n    user: {name}\n    namespace: {namespace}\ncurrent-context: {name}\n")
        os.chmod(path, 0o600)
        return path

    def _entry(self, key, path, inline):
        if not inline:
            return f"{key}: {path}"
        with open(path, "rb") as file:
            return f"{key}-data: {base64.b64encode(file.read()).decode()}"

    def _issue(self, name, subject, extensions):
        key, request, certificate, extension_file = (self.path(f"{name}.{end}") for end in ("key", "csr", "crt", "ext"))
        with open(extension_file, "w") as file:
            file.write(extensions + "\n")
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.path("ca.key"), "-set_serial", str(secrets.randbits(64)),
                      "-days", "30", "-extfile", extension_file, "-out", certificate)
        os.unlink(request)
        os.unlink(extension_file)
        return certificate, key

    def _openssl(self, *words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, timeout=60, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {words[0]}: {done.stderr.strip()[-400:]}")
