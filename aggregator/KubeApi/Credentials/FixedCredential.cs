namespace Homelab.Aggregator.KubeApi;

/// <summary>A credential that never changes: a static token, a client certificate, a password, or none.</summary>
internal sealed class FixedCredential(KubeCredential credential) : ICredentialSource
{
    private readonly KubeResult<KubeCredential> _answer = KubeResult<KubeCredential>.Ok(credential);

    /// <summary>Nothing at all is shown to the server.</summary>
    public bool IsNone => credential is { Authorization: null, Certificate: null };

    public ValueTask<KubeResult<KubeCredential>> GetAsync(CancellationToken cancel) => ValueTask.FromResult(_answer);

    public bool Refused() => false;
}
