namespace Homelab.Rpc;

/// <summary>How a call ended.</summary>
/// <param name="Code">A code this build does not know arrives as <see cref="RpcCode.Unknown"/>.</param>
/// <param name="Message">For developers, in English; any Unicode; may be empty. It crosses the wire: no secrets, no internals.</param>
/// <param name="Details">A serialized google.rpc.Status (trailer grpc-status-details-bin); empty when there is none.</param>
internal sealed record RpcStatus(RpcCode Code, string Message, ReadOnlyMemory<byte> Details)
{
    public static readonly RpcStatus Ok = new(RpcCode.Ok, "");

    public RpcStatus(RpcCode code, string message)
        : this(code, message, default)
    {
    }

    public bool IsOk => Code == RpcCode.Ok;

    public bool Equals(RpcStatus? other) =>
        other is not null && Code == other.Code && Message == other.Message && Details.Span.SequenceEqual(other.Details.Span);

    public override int GetHashCode() => HashCode.Combine(Code, Message);
}
