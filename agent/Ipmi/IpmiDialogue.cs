namespace Homelab.NodeAgent.Ipmi;

/// <summary>How far a question has come.</summary>
internal enum IpmiOutcome
{
    /// <summary>No answer yet.</summary>
    Pending,

    /// <summary><see cref="IpmiDialogue.Answer"/> holds it, with one byte at least.</summary>
    Answered,

    /// <summary>The driver failed; see the errno.</summary>
    Failed,
}

/// <summary>One question at a time over one device, told from late answers to earlier ones by its number. Never waits.</summary>
internal sealed class IpmiDialogue(IIpmiDevice device) : IDisposable
{
    /// <summary>Foreign messages that one look passes over: a controller that floods its queue must not hold the caller.</summary>
    private const int MostPassedOver = 16;

    /// <summary>Both answers that are asked for have fewer than 32 bytes.</summary>
    private readonly byte[] _buffer = new byte[64];

    private IpmiRequest? _request;
    private long _id;
    private int _count;

    /// <summary>True from <see cref="Ask"/> until its answer, a failure or <see cref="GiveUp"/>.</summary>
    public bool IsWaiting => _request is not null;

    /// <summary>The last answer: completion code and data.</summary>
    public ReadOnlySpan<byte> Answer => _buffer.AsSpan(0, _count);

    /// <summary>Asks; an earlier question is given up.</summary>
    /// <returns>0, or the negative errno.</returns>
    public int Ask(IpmiRequest request)
    {
        _count = 0;
        _request = null;
        var result = device.Send(++_id, request);
        if (result >= 0)
            _request = request;
        return Math.Min(result, 0);
    }

    /// <summary>Its answer is passed over should it still come.</summary>
    public void GiveUp() => _request = null;

    /// <summary>Looks whether the answer has come.</summary>
    /// <param name="errno">With <see cref="IpmiOutcome.Failed"/>: the errno, or 0 for an answer without even a completion code.</param>
    public IpmiOutcome Look(out int errno)
    {
        const int interrupted = 4, tryAgain = 11;
        errno = 0;
        for (var passedOver = 0; passedOver < MostPassedOver && _request is { } request; passedOver++)
        {
            var count = device.Receive(_buffer, out var header);
            if (count == -tryAgain)
                return IpmiOutcome.Pending;
            if (count == -interrupted)
                continue;
            if (count >= 0 && (header.Kind != IpmiHeader.Answer || header.Id != _id || header.NetFunction != (request.NetFunction | 1) || header.Command != request.Command))
                continue;
            _request = null;
            _count = Math.Clamp(count, 0, _buffer.Length);
            errno = count < 0 ? -count : 0;
            return count > 0 ? IpmiOutcome.Answered : IpmiOutcome.Failed;
        }
        return IpmiOutcome.Pending;
    }

    /// <summary>Waits for a message, for so long at most.</summary>
    public void Wait(TimeSpan most) => device.Wait(most);

    public void Dispose() => device.Dispose();
}
