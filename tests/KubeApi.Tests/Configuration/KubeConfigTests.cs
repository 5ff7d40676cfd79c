using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Configuration;

public sealed class KubeConfigTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeCertificates _certificates = new();
    private readonly ManualClock _clock = new();

    public void Dispose()
    {
        _folder.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task Context_AsK3sWritesIt_IsReadWhole()
    {
        var (certificate, key) = _certificates.Client("system:admin");
        var access = Context($"""
            apiVersion: v1
            clusters:
            - cluster:
                certificate-authority-data: {Base64(_certificates.AuthorityPem)}
                server: https://127.0.0.1:6443
              name: default
            contexts:
            - context:
                cluster: default
                user: default
              name: default
            current-context: default
            kind: Config
            preferences: {"{}"}
            users:
            - name: default
              user:
                client-certificate-data: {Base64(certificate)}
                client-key-data: {Base64(key)}
            """);
        Assert.Equal(("default", "https://127.0.0.1:6443/", "default"), (access.Name, access.Server.AbsoluteUri, access.Namespace));
        Assert.Equal("CN=fake-kubernetes-ca", Assert.Single(access.Authorities).Subject);
        var credential = (await access.Credentials.GetAsync(Cluster.None)).Value!;
        Assert.Equal("CN=system:admin", credential.Certificate!.Subject);
        Assert.True(credential.Certificate.HasPrivateKey);
        Assert.Null(credential.Authorization);
    }

    [Fact]
    public void Context_AsKindWritesIt_ReadsFilesBesideTheConfig()
    {
        _folder.Write("pki/ca.crt", _certificates.AuthorityPem);
        var (certificate, key) = _certificates.Client("kubernetes-admin");
        _folder.Write("pki/admin.crt", certificate);
        _folder.Write("pki/admin.key", key);
        var config = _folder.Write("config", """
            apiVersion: v1
            kind: Config
            clusters:
            - name: kind-home
              cluster: {server: "https://127.0.0.1:40001", certificate-authority: pki/ca.crt, tls-server-name: kind-home-control-plane}
            contexts:
            - name: kind-home
              context: {cluster: kind-home, user: kind-home, namespace: power}
            current-context: ""
            users:
            - name: kind-home
              user: {client-certificate: pki/admin.crt, client-key: pki/admin.key}
            """);
        var access = KubeConfig.Load(config).Value!.Context("kind-home", _clock).Value!;
        Assert.Equal(("kind-home-control-plane", "power"), (access.TlsServerName, access.Namespace));
        Assert.Single(access.Authorities);
    }

    [Fact]
    public void Context_AsEksWritesIt_HasItsExecPlugin()
    {
        var access = Context("""
            apiVersion: v1
            kind: Config
            current-context: arn:aws:eks:eu-west-1:1:cluster/home
            clusters:
            - name: arn:aws:eks:eu-west-1:1:cluster/home
              cluster: {server: "https://ABC.gr7.eu-west-1.eks.amazonaws.com"}
            contexts:
            - name: arn:aws:eks:eu-west-1:1:cluster/home
              context: {cluster: "arn:aws:eks:eu-west-1:1:cluster/home", user: "arn:aws:eks:eu-west-1:1:cluster/home"}
            users:
            - name: arn:aws:eks:eu-west-1:1:cluster/home
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1beta1
                  args: [--region, eu-west-1, eks, get-token, --cluster-name, home, --output, json]
                  command: aws
                  env:
                  - {name: AWS_PROFILE, value: home}
            """);
        Assert.IsType<ExecCredential>(access.Credentials);
        Assert.Equal("arn:aws:eks:eu-west-1:1:cluster/home", access.Name);
    }

    [Fact]
    public void Load_TwoFiles_MergeAsKubectlMerges()
    {
        var first = _folder.Write("one", Config("one", "https://one:1"));
        var second = _folder.Write("two", Config("two", "https://two:2") + "\n- {name: one, context: {cluster: two, user: two}}");
        var config = KubeConfig.Load(first, _folder.Path + "/absent", second).Value!;
        Assert.Equal("one", config.CurrentContext);
        Assert.Equal(["one", "two"], config.Contexts.AsEnumerable());
        Assert.Equal("https://one:1/", config.Context("one", _clock).Value!.Server.AbsoluteUri);
        Assert.Equal("https://two:2/", config.Context("two", _clock).Value!.Server.AbsoluteUri);
    }

    [Fact]
    public void DefaultFiles_KubeconfigList_ComesBeforeHome()
    {
        Assert.Equal(["/a", "/b"], KubeConfig.DefaultFiles(name => name == "KUBECONFIG" ? "/a::/b" : "/home/x").AsEnumerable());
        Assert.Equal(["/home/x/.kube/config"], KubeConfig.DefaultFiles(name => name == "HOME" ? "/home/x" : null).AsEnumerable());
        Assert.Empty(KubeConfig.DefaultFiles(_ => null));
    }

    [Fact]
    public async Task Context_TokenAndPassword_BecomeHeaders()
    {
        Assert.Equal("Bearer abc", (await Context(Config("a", "https://a", "token: abc")).Credentials.GetAsync(Cluster.None)).Value!.Authorization!.ToString());
        Assert.Equal("Basic " + Base64("me:you"), (await Context(Config("a", "https://a", "username: me, password: you")).Credentials.GetAsync(Cluster.None)).Value!.Authorization!.ToString());
    }

    [Theory]
    [InlineData("users:\n- {name: a, user: {}", "no YAML")]
    [InlineData("- a", "not a mapping")]
    [InlineData("kind: Deployment", "kind")]
    [InlineData("clusters: 5\ncontexts: [{name: a, context: {cluster: c}}]", "clusters: must be a list", "a")]
    [InlineData("contexts: [5]", "contexts[0]: must be a mapping")]
    [InlineData("contexts: [{context: {}}]", "contexts[0].name: missing")]
    [InlineData("current-context: b\ncontexts: [{name: a, context: {}}]", "contexts: has no 'b'; the contexts are a")]
    [InlineData("contexts: [{name: a, context: {cluster: [x]}}]", "contexts[0].context.cluster: must be text", "a")]
    [InlineData("contexts: [{name: a, context: {cluster: c}}]", "clusters: has no 'c'", "a")]
    [InlineData("contexts: []", "current-context: missing")]
    public void Load_MistakeInTheFile_NamesFileAndKey(string text, string complaint, string? context = null)
    {
        var config = KubeConfig.Parse("/etc/kube/config", text);
        var status = config.IsOk ? config.Value.Context(context, _clock).Status : config.Status;
        Assert.Equal(KubeOutcome.Invalid, status.Outcome);
        Assert.StartsWith("/etc/kube/config: ", status.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, status.Message);
        Assert.Contains(';', status.Message);
    }

    [Theory]
    [InlineData("server: ftp://a", "", "server: 'ftp://a'")]
    [InlineData("server: 'https://me:you@a'", "", "server: ")]
    [InlineData("namespace: x", "", "server: missing")]
    [InlineData("server: https://a, certificate-authority-data: '%%%'", "", "certificate-authority-data: no base64")]
    [InlineData("server: https://a, certificate-authority-data: aGVsbG8=", "", "certificate-authority-data: holds no PEM certificate")]
    [InlineData("server: https://a, certificate-authority: /nowhere/ca.crt", "", "certificate-authority: ")]
    [InlineData("server: https://a, insecure-skip-tls-verify: maybe", "", "insecure-skip-tls-verify: 'maybe'")]
    [InlineData("server: https://a, proxy-url: 'file:///x'", "", "proxy-url: ")]
    [InlineData("server: http://10.0.0.1", "token: abc", "plain http would show the credential")]
    [InlineData("server: https://a", "auth-provider: {name: gcp}", "auth-provider: not supported; use the exec plug-in")]
    [InlineData("server: https://a", "as-groups: [x]", "as-groups: not supported")]
    [InlineData("server: https://a", "username: me", "password: missing")]
    [InlineData("server: https://a", "token: 'a b'", "token: holds characters")]
    [InlineData("server: https://a", "client-key-data: aGVsbG8=", "client-certificate-data: missing")]
    [InlineData("server: https://a", "client-key-data: aGVsbG8=, client-certificate-data: aGVsbG8=", "no PEM pair")]
    [InlineData("server: https://a", "exec: {command: x}", "exec.apiVersion: missing")]
    [InlineData("server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", "exec.apiVersion: 'client.authentication.k8s.io/v1alpha1' is not supported")]
    [InlineData("server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1}", "exec.interactiveMode: missing; write Never")]
    [InlineData("server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}", "Always needs a terminal")]
    [InlineData("server: https://a", "exec: {command: x, apiVersion: client.authentication.k8s.io/v1beta1}, token: abc", "exec: set together with a token")]
    public void Context_MistakeInAnEntry_NamesFileKeyAndFix(string cluster, string user, string complaint)
    {
        var text = $"current-context: a\nclusters: [{{name: a, cluster: {{{cluster}}}}}]\nusers: [{{name: a, user: {{{user}}}}}]\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]";
        var status = KubeConfig.Parse("/etc/kube/config", text).Value!.Context(null, _clock).Status;
        Assert.Equal(KubeOutcome.Invalid, status.Outcome);
        Assert.StartsWith("/etc/kube/config: ", status.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, status.Message);
        Assert.DoesNotContain("aGVsbG8", status.Message);
        Assert.DoesNotContain("abc", status.Message);
    }

    [Fact]
    public void Context_AuthorityAndSkipVerify_AreRefusedTogether()
    {
        var text = Config("a", $"https://a, insecure-skip-tls-verify: true, certificate-authority-data: {Base64(_certificates.AuthorityPem)}");
        Assert.Contains("insecure-skip-tls-verify", KubeConfig.Parse("f", text).Value!.Context(null, _clock).Status.Message);
    }

    [Fact]
    public void Load_NoFileThere_NamesAllOfThem()
    {
        var status = KubeConfig.Load(_folder.Path + "/x", _folder.Path + "/y").Status;
        Assert.Contains("/x", status.Message);
        Assert.Contains("/y", status.Message);
    }

    private KubeAccess Context(string text)
    {
        var context = KubeConfig.Parse("/etc/kube/config", text).Value!.Context(null, _clock);
        Assert.True(context.IsOk, context.Status.Message);
        return context.Value;
    }

    private static string Config(string name, string server, string user = "token: t") =>
        $"current-context: {name}\nclusters: [{{name: {name}, cluster: {{server: {server}}}}}]\nusers: [{{name: {name}, user: {{{user}}}}}]\ncontexts:\n- {{name: {name}, context: {{cluster: {name}, user: {name}}}}}";

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
