using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Configuration;

public sealed class InClusterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("10.43.0.1", "443", "https://10.43.0.1/")]
    [InlineData("fd00::1", "6443", "https://[fd00::1]:6443/")]
    public async Task Load_InAPod_HasServerAuthorityNamespaceAndToken(string host, string port, string server)
    {
        using var certificates = new FakeCertificates();
        _folder.Write("ca.crt", certificates.AuthorityPem);
        _folder.Write("namespace", "homelab\n");
        _folder.Write("token", "bound-token\n");
        var access = Load(host, port).Value!;
        Assert.Equal((server, "homelab", "in-cluster"), (access.Server.AbsoluteUri, access.Namespace, access.Name));
        Assert.Single(access.Authorities);
        Assert.Equal("Bearer bound-token", (await access.Credentials.GetAsync(Cluster.None)).Value!.Authorization!.ToString());
    }

    [Fact]
    public void Load_OutsideAPod_SaysWhatToDo()
    {
        Assert.Contains("KUBERNETES_SERVICE_HOST", Load(null, null).Status.Message);
        Assert.False(InCluster.IsHere(_ => null));
    }

    [Fact]
    public void Load_MissingPieces_AreNamed()
    {
        Assert.Contains("automountServiceAccountToken", Load("10.0.0.1", "443").Status.Message);
        _folder.Write("token", "t");
        Assert.Contains("ca.crt", Load("10.0.0.1", "443").Status.Message);
        _folder.Write("ca.crt", "nothing");
        Assert.Contains("ca.crt", Load("10.0.0.1", "443").Status.Message);
        Assert.Contains("make no address", Load("10.0.0.1", "none").Status.Message);
    }

    private KubeResult<KubeAccess> Load(string? host, string? port) => InCluster.Load(
        name => name switch { "KUBERNETES_SERVICE_HOST" => host, "KUBERNETES_SERVICE_PORT" => port, _ => null }, _folder.Path, _clock);
}
