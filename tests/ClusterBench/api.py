"""A client of the API server for scenarios: one user, the answer's status and object as they came. It retries nothing."""
import http.client
import json
import ssl
import threading
import time
import urllib.parse

APPLY, JSON_PATCH, MERGE, STRATEGIC = (f"application/{kind}" for kind in ("apply-patch+yaml", "json-patch+json", "merge-patch+json", "strategic-merge-patch+json"))


class Answer:
    def __init__(self, status, text):
        self.status = status
        self.text = text
        try:
            self.object = json.loads(text)
        except ValueError:
            self.object = None

    @property
    def ok(self):
        return 200 <= self.status < 300

    def must(self):
        """The object; raises where the server refused."""
        if not self.ok:
            raise RuntimeError(f"the API server answered {self.status}: {self.text[:600]}")
        return self.object

    def __str__(self):
        message = (self.object or {}).get("message", "") if isinstance(self.object, dict) else self.text[:200]
        return f"{self.status}" if self.ok else f"{self.status} {message}"


class Api:
    def __init__(self, port, authority, token=None, certificate=None):
        self._port = port
        self._token = token
        self._tls = ssl.create_default_context(cafile=authority)
        if certificate is not None:
            self._tls.load_cert_chain(*certificate)
        self._local = threading.local()

    def get(self, path, **query):
        return self.call("GET", path, query=query)

    def post(self, path, body, **query):
        return self.call("POST", path, body, query=query)

    def put(self, path, body, **query):
        return self.call("PUT", path, body, query=query)

    def delete(self, path, body=None, **query):
        return self.call("DELETE", path, body, query=query)

    def patch(self, path, body, kind=MERGE, **query):
        return self.call("PATCH", path, body, kind, query)

    def apply(self, path, body, manager, force=True):
        """Server-side apply."""
        return self.patch(path, body, APPLY, fieldManager=manager, force=str(force).lower())

    def items(self, path, **query):
        return self.get(path, **query).must()["items"]

    def call(self, verb, path, body=None, kind="application/json", query=None):
        """One request over this thread's own connection, which is opened anew where the server closed it."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Accept": "application/json", "Content-Type": kind}
        if self._token is not None:
            headers["Authorization"] = "Bearer " + self._token
        payload = None if body is None else json.dumps(body).encode()
        for attempt in (1, 2):
            reused = getattr(self._local, "line", None) is not None
            line = self._local.line if reused else http.client.HTTPSConnection("127.0.0.1", self._port, timeout=60, context=self._tls)
            self._local.line = line
            try:
                line.request(verb, target, payload, headers)
                answer = line.getresponse()
                return Answer(answer.status, answer.read().decode("utf-8", "replace"))
            except (http.client.HTTPException, OSError):
                line.close()
                self._local.line = None
                if attempt == 2 or not reused:
                    raise

    def watch(self, path, resource_version, seconds=10, **query):
        """The events of one watch until the server ends it, seconds later. An error of the stream is an event of type ERROR."""
        line = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=seconds + 30, context=self._tls)
        asked = {"watch": "true", "resourceVersion": resource_version, "timeoutSeconds": seconds, **query}
        line.request("GET", path + "?" + urllib.parse.urlencode(asked), headers={"Authorization": f"Bearer {self._token}"} if self._token else {})
        try:
            for text in line.getresponse():
                yield json.loads(text)
        finally:
            line.close()


def until(probe, timeout, every=0.2):
    """Calls probe until it answers something true; returns the last answer and the seconds it took."""
    begun = time.monotonic()
    while True:
        answer = probe()
        spent = time.monotonic() - begun
        if answer or spent > timeout:
            return answer, spent
        time.sleep(every)
