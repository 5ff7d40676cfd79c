namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class KubeTransportTests
{
    [Fact]
    public async Task Send_OverTls_TrustsTheClustersAuthorityAndShowsTheCertificate()
    {
        await using var cluster = await Cluster.StartAsync(https: true);
        cluster.Server.Nodes.Put("a");
        var (certificate, key) = cluster.Server.Certificates!.Client("system:admin");
        using var shown = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(certificate, key);
        var access = cluster.Access() with { Credentials = new FixedCredential(new KubeCredential(null, shown)) };
        Assert.True((await cluster.Client(access: access).GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
        Assert.Equal("CN=system:admin", cluster.Server.Requests.All[0].ClientSubject);
    }

    [Fact]
    public async Task Send_CertificateOfAnotherAuthority_IsUnreachable()
    {
        await using var cluster = await Cluster.StartAsync(https: true);
        using var others = new FakeKubernetes.FakeCertificates();
        var access = cluster.Access();
        access.Authorities.Clear();
        access.Authorities.ImportFromPem(others.AuthorityPem);
        var answer = await cluster.Client(Cluster.Unhurried with { Attempts = 1 }, access).GetAsync(KubePath.Nodes, Cluster.None);
        Assert.Equal(KubeOutcome.Unreachable, answer.Status.Outcome);
        Assert.Empty(cluster.Server.Requests.All);
    }

    [Fact]
    public async Task Send_TlsServerName_IsWhatTheCertificateMustHave()
    {
        await using var cluster = await Cluster.StartAsync(https: true, "kind-home-control-plane");
        cluster.Server.Nodes.Put("a");
        Assert.True((await cluster.Client(access: cluster.Access() with { TlsServerName = "kind-home-control-plane" }).GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
        var other = cluster.Client(Cluster.Unhurried with { Attempts = 1 }, cluster.Access() with { TlsServerName = "somebody-else" });
        Assert.Equal(KubeOutcome.Unreachable, (await other.GetAsync(KubePath.Node("a"), Cluster.None)).Status.Outcome);
    }

    [Fact]
    public async Task Send_SkipVerify_TakesAnyCertificate()
    {
        await using var cluster = await Cluster.StartAsync(https: true);
        cluster.Server.Nodes.Put("a");
        var access = cluster.Access() with { SkipTlsVerify = true, Authorities = [] };
        Assert.True((await cluster.Client(access: access).GetAsync(KubePath.Node("a"), Cluster.None)).IsOk);
    }

    [Fact]
    public async Task Send_ServerBehindAPath_KeepsThePath()
    {
        await using var cluster = await Cluster.StartAsync();
        var access = cluster.Access() with { Server = new Uri(cluster.Server.Url, "/k8s/clusters/c-1") };
        await cluster.Client(access: access).GetAsync(KubePath.Node("a"), Cluster.None);
        Assert.Equal("/k8s/clusters/c-1/api/v1/nodes/a", cluster.Server.Requests.All[0].Path);
    }
}
