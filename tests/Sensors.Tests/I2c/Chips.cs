using Homelab.NodeAgent.Sensors.I2c;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

/// <summary>A chip from a line of configuration, and what it makes of its registers.</summary>
internal static class Chips
{
    public static MonitorSpec Spec(string text) => MonitorText.Parse(text, out var problem) is [var spec] ? spec : throw new ArgumentException(problem, nameof(text));

    public static Reading Decode(this MonitorSpec spec, string channel, params long[] words)
    {
        var chip = MonitorChip.For(spec);
        Assert.Equal(chip.Registers.Count, words.Length);
        var readings = new Reading[chip.Channels.Count];
        chip.Decode(words, readings);
        return readings[chip.Channels.ToList().FindIndex(found => found.Name == channel)];
    }

    /// <summary>A signed word as its register has it.</summary>
    public static long Word(int value) => (ushort)value;

    /// <summary>A signed 20-bit number as its 24-bit register has it.</summary>
    public static long Long(int value) => (uint)(value << 4) & 0xFF_FFFF;
}
