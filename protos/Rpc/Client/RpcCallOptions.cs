namespace Homelab.Rpc;

/// <summary>What one call adds to its channel's behaviour.</summary>
internal sealed record RpcCallOptions
{
    /// <summary>From the opening of the call to its status; told to the server and enforced here. Null: no deadline.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Sent once, with the opening; not to be changed while the call lives.</summary>
    public RpcMetadata? Headers { get; init; }
}
