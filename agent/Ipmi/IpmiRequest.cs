namespace Homelab.NodeAgent.Ipmi;

/// <summary>A question to the controller, made once and asked often.</summary>
/// <param name="netFunction">Even; the answer has the next odd one.</param>
internal sealed class IpmiRequest(byte netFunction, byte command, byte[] data)
{
    /// <summary>Who are you: IPMI 2.0, 20.1.</summary>
    public static readonly IpmiRequest DeviceId = new(0x06, 0x01, []);

    /// <summary>Watts now: DCMI 1.5, 6.6.1; the plain reading of the whole system.</summary>
    public static readonly IpmiRequest PowerReading = new(0x2C, 0x02, [0xDC, 0x01, 0x00, 0x00]);

    public byte NetFunction => netFunction;

    public byte Command => command;

    public byte[] Data => data;
}

/// <summary>What the driver says about a message that has arrived.</summary>
/// <param name="kind">1 is an answer to a request of this process; others are events and commands.</param>
internal readonly struct IpmiHeader(int kind, long id, byte netFunction, byte command)
{
    public const int Answer = 1;

    public int Kind => kind;

    public long Id => id;

    public byte NetFunction => netFunction;

    public byte Command => command;
}
