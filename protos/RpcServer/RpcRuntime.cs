using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Homelab.Rpc.Server;

/// <summary>What every call needs of the host; registered by <c>AddRpc</c>.</summary>
internal sealed class RpcRuntime(RpcServerOptions options, IHostApplicationLifetime host, ILogger<RpcRuntime> log)
{
    public RpcServerOptions Options { get; } = options;

    /// <summary>The server drains: no new calls, and open ones are asked to end.</summary>
    public CancellationToken Draining => host.ApplicationStopping;

    public ILogger Log { get; } = log;
}
