using System.Security.Cryptography.X509Certificates;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// A bearer token in a file that somebody else renews, as the kubelet does for service accounts (bound tokens live an hour).
/// Read again once a minute and after a refusal; while the file cannot be read, the last token serves on.
/// </summary>
/// <param name="certificate">Shown beside the token, where a kubeconfig has both.</param>
internal sealed class TokenFile(string path, X509Certificate2? certificate, TimeProvider time) : ICredentialSource
{
    public static readonly TimeSpan RereadAfter = TimeSpan.FromMinutes(1);

    private const int LargestToken = 64 << 10;

    private readonly Lock _gate = new();
    private KubeCredential? _last;
    private string _lastToken = "";
    private long? _readAt;

    public ValueTask<KubeResult<KubeCredential>> GetAsync(CancellationToken cancel)
    {
        lock (_gate)
        {
            var stale = _readAt is not { } at || time.GetElapsedTime(at) >= RereadAfter;
            var problem = stale ? Read() : null;
            return ValueTask.FromResult(_last is { } credential
                ? KubeResult<KubeCredential>.Ok(credential)
                : KubeResult<KubeCredential>.Failed(KubeOutcome.Unauthenticated, problem ?? $"{path}: no token has been read yet"));
        }
    }

    public bool Refused()
    {
        lock (_gate)
        {
            var refused = _lastToken;
            Read();
            return _lastToken != refused;
        }
    }

    private string? Read()
    {
        try
        {
            if (new FileInfo(path).Length > LargestToken)
                return $"{path}: larger than {LargestToken} bytes, so no token; name the right file";
            var token = File.ReadAllText(path).Trim();
            if (token.Length == 0 || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
                return $"{path}: holds no bearer token (one line of printable ASCII is expected); name the right file";
            _readAt = time.GetTimestamp();
            if (token != _lastToken)
                (_lastToken, _last) = (token, KubeCredential.Bearer(token, certificate));
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {failure.Message}; make the file readable for this program";
        }
    }
}
