using Microsoft.Extensions.Logging;

namespace Homelab.Rpc.Server;

internal static partial class Log
{
    [LoggerMessage(7001, LogLevel.Error, "{Method} failed; the peer got UNKNOWN.")]
    public static partial void HandlerFailed(ILogger logger, string method, Exception cause);
}
