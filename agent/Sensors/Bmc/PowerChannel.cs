using Homelab.NodeAgent.Ipmi;

namespace Homelab.NodeAgent.Sensors.Bmc;

/// <summary>What a controller's power answer holds.</summary>
internal enum PowerChannel
{
    Now,
    Mean,
    Least,
    Most,
}

/// <summary>How a channel is called, and where it is in the answer.</summary>
internal static class PowerChannels
{
    public static readonly PowerChannel[] All = [PowerChannel.Now, PowerChannel.Mean, PowerChannel.Least, PowerChannel.Most];

    public static string Name(this PowerChannel channel) => channel switch
    {
        PowerChannel.Now => "power",
        PowerChannel.Mean => "power_average",
        PowerChannel.Least => "power_lowest",
        _ => "power_highest",
    };

    public static ushort Of(this PowerChannel channel, PowerAnswer answer) => channel switch
    {
        PowerChannel.Now => answer.Now,
        PowerChannel.Mean => answer.Mean,
        PowerChannel.Least => answer.Least,
        _ => answer.Most,
    };
}
