using System.Collections.Immutable;
using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Credentials;

public sealed class ExecCredentialTests
{
    private static readonly ExecCommand Command = new("f: users[0].user.exec", "client.authentication.k8s.io/v1", "plugin", [], ImmutableDictionary<string, string>.Empty, "", null);

    private readonly ManualClock _clock = new();
    private int _runs;

    [Fact]
    public async Task Get_TokenWithExpiry_IsRenewedShortlyBefore()
    {
        using var source = Source(() => Answer($"\"token\":\"t{_runs}\",\"expirationTimestamp\":\"{_clock.GetUtcNow().AddMinutes(15):O}\""));
        Assert.Equal("t1", await TokenAsync(source));
        _clock.Advance(TimeSpan.FromMinutes(13.9));
        Assert.Equal("t1", await TokenAsync(source));
        _clock.Advance(TimeSpan.FromMinutes(0.2));
        Assert.Equal("t2", await TokenAsync(source));
    }

    [Fact]
    public async Task Get_TokenWithoutExpiry_LastsUntilRefused()
    {
        using var source = Source(() => Answer($"\"token\":\"t{_runs}\""));
        Assert.Equal("t1", await TokenAsync(source));
        _clock.Advance(TimeSpan.FromDays(30));
        Assert.Equal("t1", await TokenAsync(source));
        Assert.True(source.Refused());
        Assert.Equal("t2", await TokenAsync(source));
        Assert.Equal("t2", await TokenAsync(source));
    }

    [Fact]
    public async Task Get_ExpiredByOurClock_IsUsedAndNotRenewedEachTime()
    {
        using var source = Source(() => Answer($"\"token\":\"t{_runs}\",\"expirationTimestamp\":\"{_clock.GetUtcNow().AddHours(-1):O}\""));
        Assert.Equal("t1", await TokenAsync(source));
        Assert.Equal("t1", await TokenAsync(source));
        _clock.Advance(ExecCredential.RestAfterFailure);
        Assert.Equal("t2", await TokenAsync(source));
    }

    [Fact]
    public async Task Get_CommandFails_RestsBeforeTheNextTry()
    {
        using var source = Source(() => KubeResult<byte[]>.Failed(KubeOutcome.Unauthenticated, "no"));
        Assert.Null(await TokenAsync(source));
        Assert.Null(await TokenAsync(source));
        Assert.Equal(1, _runs);
        _clock.Advance(ExecCredential.RestAfterFailure);
        Assert.Null(await TokenAsync(source));
        Assert.Equal(2, _runs);
    }

    [Fact]
    public async Task Get_ClientCertificate_IsShown()
    {
        using var certificates = new FakeCertificates();
        var (certificate, key) = certificates.Client("me");
        using var source = Source(() => Answer($"\"clientCertificateData\":{Quoted(certificate)},\"clientKeyData\":{Quoted(key)}"));
        Assert.Equal("CN=me", (await source.GetAsync(Cluster.None)).Value!.Certificate!.Subject);
    }

    [Theory]
    [InlineData("secret-looking text", "printed no ExecCredential")]
    [InlineData("""{"kind":"Other"}""", "printed no ExecCredential")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"secret"}}""", "v1beta1")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1"}""", "neither status.token")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"sec ret"}}""", "no HTTP header")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"secret","expirationTimestamp":"soon"}}""", "RFC 3339")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"secret","token":"x"}}""", "both are needed")]
    [InlineData("""{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"clientKeyData":"secret","clientCertificateData":"secret"}}""", "no PEM")]
    public async Task Get_WrongAnswer_IsNamedButNotShown(string output, string complaint)
    {
        using var source = Source(() => KubeResult<byte[]>.Ok(System.Text.Encoding.UTF8.GetBytes(output)));
        var answer = await source.GetAsync(Cluster.None);
        Assert.Equal(KubeOutcome.Unauthenticated, answer.Status.Outcome);
        Assert.Contains(complaint, answer.Status.Message);
        Assert.StartsWith("f: users[0].user.exec: 'plugin' ", answer.Status.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", answer.Status.Message);
    }

    private ExecCredential Source(Func<KubeResult<byte[]>> run) => new(Command, (_, _) =>
    {
        _runs++;
        return Task.FromResult(run());
    }, _clock);

    private static KubeResult<byte[]> Answer(string status) =>
        KubeResult<byte[]>.Ok(System.Text.Encoding.UTF8.GetBytes("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{" + status + "}}"));

    private static string Quoted(string pem) => System.Text.Json.JsonSerializer.Serialize(pem);

    private static async Task<string?> TokenAsync(ExecCredential source) => (await source.GetAsync(Cluster.None)).Value?.Authorization?.Parameter;
}
