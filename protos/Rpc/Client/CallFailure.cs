using System.Security.Authentication;

namespace Homelab.Rpc;

/// <summary>What the HTTP stack throws, as the status gRPC gives it.</summary>
internal static class CallFailure
{
    /// <summary>The exceptions that a broken, reset or cancelled exchange may end in; anything else is a bug.</summary>
    public static bool IsExpected(Exception e) =>
        e is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException;

    public static RpcStatus Map(Exception e)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is HttpProtocolException http2)
                return new RpcStatus(WireStatus.FromReset(http2.ErrorCode), http2.Message);
            if (inner is AuthenticationException)
                return new RpcStatus(RpcCode.Unavailable, $"TLS: {Innermost(inner).Message}");
        }

        return new RpcStatus(RpcCode.Unavailable, e is OperationCanceledException ? "The connection timed out." : e.Message);
    }

    private static Exception Innermost(Exception e) => e.InnerException is { } inner ? Innermost(inner) : e;
}
