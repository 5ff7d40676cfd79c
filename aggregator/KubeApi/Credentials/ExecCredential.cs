using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// Credentials from an exec plug-in (client.authentication.k8s.io). Kept until shortly before they expire, or until the server refuses them;
/// after a failure the command rests for <see cref="RestAfterFailure"/>, so that a broken one is not started for each request.
/// </summary>
/// <param name="run">Runs the command once; <see cref="ExecProcess.RunAsync"/> in the product.</param>
internal sealed class ExecCredential(ExecCommand command, Func<ExecCommand, CancellationToken, Task<KubeResult<byte[]>>> run, TimeProvider time) : ICredentialSource, IDisposable
{
    public static readonly TimeSpan RunTimeout = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1);
    private KubeResult<KubeCredential>? _last;
    private DateTimeOffset _renewAt;
    private long _ranAt;
    private int _refused;

    public async ValueTask<KubeResult<KubeCredential>> GetAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var refused = Interlocked.Exchange(ref _refused, 0) == 1;
            if (_last is { IsOk: true } && !refused && time.GetUtcNow() < _renewAt)
                return _last;
            if (_last is { IsOk: false } && time.GetElapsedTime(_ranAt) < RestAfterFailure)
                return _last;
            var output = await run(command, cancel).ConfigureAwait(false);
            _ranAt = time.GetTimestamp();
            _last = output.IsOk ? Read(output.Value) : KubeResult<KubeCredential>.Failed(output.Status);
            return _last;
        }
        finally
        {
            _turn.Release();
        }
    }

    public bool Refused()
    {
        Volatile.Write(ref _refused, 1);
        return true;
    }

    public void Dispose() => _turn.Dispose();

    private KubeResult<KubeCredential> Read(byte[] output)
    {
        if (JsonReading.Parse(output) is not { } answer || answer.Text("kind") != "ExecCredential")
            return Failed("printed no ExecCredential; it must print one JSON object of that kind");
        if (answer.Text("apiVersion") is var version && version != command.ApiVersion)
            return Failed($"answered in apiVersion '{version}'; the kubeconfig asks for '{command.ApiVersion}'");
        var status = answer.At("status");
        if (status.At("expirationTimestamp").ValueKind == JsonValueKind.String && status.Time("expirationTimestamp") is null)
            return Failed("gave an expirationTimestamp that is no RFC 3339 time");
        _renewAt = RenewAt(status.Time("expirationTimestamp"));
        return Credential(status.Text("token"), status.Text("clientCertificateData"), status.Text("clientKeyData"));
    }

    private KubeResult<KubeCredential> Credential(string? token, string? certificatePem, string? keyPem)
    {
        if (token is null && certificatePem is null)
            return Failed("gave neither status.token nor status.clientCertificateData");
        if (certificatePem is null != keyPem is null)
            return Failed("gave one of status.clientCertificateData and status.clientKeyData; both are needed");
        if (token is not null && (token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~')))
            return Failed("gave a status.token that no HTTP header can carry");
        try
        {
            var certificate = certificatePem is null ? null : X509Certificate2.CreateFromPem(certificatePem, keyPem);
            return KubeResult<KubeCredential>.Ok(token is null ? new KubeCredential(null, certificate) : KubeCredential.Bearer(token, certificate));
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException)
        {
            return Failed("gave a client certificate or key that is no PEM");
        }
    }

    // A short-lived token keeps nine tenths of its life: a fixed margin could be longer than the token.
    // One that has expired by our clock is used all the same: the server's clock decides, and ours may be wrong.
    private DateTimeOffset RenewAt(DateTimeOffset? expires)
    {
        if (expires is not { } end)
            return DateTimeOffset.MaxValue;
        var now = time.GetUtcNow();
        var margin = (end - now) / 10;
        var renew = end - (margin < LongestMargin ? margin : LongestMargin);
        return renew > now + RestAfterFailure ? renew : now + RestAfterFailure;
    }

    private KubeResult<KubeCredential> Failed(string problem) =>
        KubeResult<KubeCredential>.Failed(KubeOutcome.Unauthenticated, $"{command.Origin}: '{command.Command}' {problem}");
}
