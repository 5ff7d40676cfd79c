namespace Homelab.Aggregator.KubeApi;

/// <summary>Gives the present credential, from memory where it is still good. Safe for concurrent use.</summary>
internal interface ICredentialSource
{
    /// <summary>The credential, or <see cref="KubeOutcome.Unauthenticated"/> with what to mend.</summary>
    ValueTask<KubeResult<KubeCredential>> GetAsync(CancellationToken cancel);

    /// <summary>The server refused (401) what was given last: it must not be given from memory again. False where nothing else can be had.</summary>
    bool Refused();
}
