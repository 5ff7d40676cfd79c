using Homelab.NodeAgent.Ipmi;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Bmc;

/// <summary>A controller as its driver shows it: answers after a while, or errors, or never. Waiting moves the clock.</summary>
internal sealed class FakeController(ManualClock clock) : IIpmiDevice
{
    private readonly Queue<(TimeSpan At, IpmiHeader Header, byte[] Data)> _messages = new();

    public byte[] Identity { get; set; } = [0x00, 0x20, 0x01, 0x01, 0x46, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x34, 0x12];

    public byte[]? Power { get; set; } = Watts(146);

    public TimeSpan Takes { get; set; } = TimeSpan.FromMilliseconds(20);

    public int SendError { get; set; }

    public int ReceiveError { get; set; }

    public bool IsClosed { get; private set; }

    public List<TimeSpan> AskedForPower { get; } = [];

    public static byte[] Watts(ushort now, byte state = 0x40) =>
        [0x00, 0xDC, (byte)now, (byte)(now >> 8), 90, 0, 0x2C, 0x01, 140, 0, 0, 0, 0, 0, 0xE8, 0x03, 0, 0, state];

    public void Put(IpmiHeader header, params byte[] data) => _messages.Enqueue((Now, header, data));

    public int Send(long id, IpmiRequest request)
    {
        if (SendError != 0)
            return -SendError;
        var data = request.Command == IpmiRequest.DeviceId.Command ? Identity : Power;
        if (request == IpmiRequest.PowerReading)
            AskedForPower.Add(Now);
        if (data is not null)
            _messages.Enqueue((Now + Takes, new IpmiHeader(IpmiHeader.Answer, id, (byte)(request.NetFunction | 1), request.Command), data));
        return 0;
    }

    public int Receive(Span<byte> data, out IpmiHeader header)
    {
        header = default;
        if (ReceiveError != 0)
            return -ReceiveError;
        if (_messages.Count == 0 || _messages.Peek().At > Now)
            return -Errno.TryAgain;
        (_, header, var found) = _messages.Dequeue();
        var count = Math.Min(found.Length, data.Length);
        found.AsSpan(0, count).CopyTo(data);
        return count;
    }

    public bool Wait(TimeSpan most)
    {
        var next = _messages.Count > 0 ? _messages.Peek().At - Now : most;
        clock.Advance(next < most ? next > TimeSpan.Zero ? next : TimeSpan.Zero : most);
        return next <= most;
    }

    public void Dispose() => IsClosed = true;

    private TimeSpan Now => clock.GetElapsedTime(0);
}
