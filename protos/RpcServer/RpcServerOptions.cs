namespace Homelab.Rpc.Server;

/// <summary>How calls are served; one set for all methods.</summary>
internal sealed class RpcServerOptions
{
    /// <summary>Longest message taken from a peer, in bytes; a longer one ends its call with RESOURCE_EXHAUSTED.</summary>
    public int MaxReceiveBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>
    /// What a handler gets to end by itself once the server drains, before its call ends with UNAVAILABLE; and what
    /// a slow peer gets to take the status of a call that the server ended, before the stream is reset.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock of deadlines and of the grace.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
