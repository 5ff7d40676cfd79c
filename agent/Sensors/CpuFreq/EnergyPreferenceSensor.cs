using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.CpuFreq;

/// <summary>How the processor weighs power against speed: 0 is all speed, 1 all saving; the mean over the policies.</summary>
/// <remarks>Source: <c>energy_performance_preference</c>, Documentation/admin-guide/pm/intel_pstate.rst and amd-pstate.rst: a word, or the register's value of 0 to 255.
/// The words stand for 0, 128, 192 and 255 with both drivers; <c>default</c> is the firmware's secret.</remarks>
internal sealed class EnergyPreferenceSensor : ISensor
{
    private static readonly Reading Default = Reading.None(Quality.Unsupported, "default: the firmware's own preference, which it does not tell");

    private readonly IPseudoFiles _files;
    private readonly PseudoPath[] _paths;
    private readonly ReadFailure _failure;

    public EnergyPreferenceSensor(SensorInfo info, HostRoot root, IReadOnlyList<string> files)
    {
        Info = info;
        _files = root.Files;
        _paths = new PseudoPath[files.Count];
        for (var i = 0; i < _paths.Length; i++)
            _paths[i] = root.Locate(files[i]);
        _failure = new ReadFailure(info.Path);
    }

    public SensorInfo Info { get; }

    /// <summary>The register's value of a word or number; null for anything else, <c>default</c> among it.</summary>
    public static int? Value(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(" \r\n\0"u8);
        if (text.SequenceEqual("performance"u8))
            return 0;
        if (text.SequenceEqual("balance_performance"u8))
            return 128;
        if (text.SequenceEqual("balance_power"u8))
            return 192;
        if (text.SequenceEqual("power"u8))
            return 255;
        return PseudoText.TryInteger(text, out var number) && number is >= 0 and <= 255 ? (int)number : null;
    }

    public Reading Read()
    {
        Span<byte> buffer = stackalloc byte[48];
        var (sum, known) = (0L, 0);
        foreach (var path in _paths)
        {
            var count = _files.Read(path, buffer);
            if (count == -Errno.NoEntry && _paths.Length > 1)
                continue;
            if (count < 0)
                return _failure.Of(-count);
            if (buffer[..count].StartsWith("default"u8))
                return Default;
            if (Value(buffer[..count]) is not { } value)
                return _failure.OfGarbage("a preference");
            sum += value;
            known++;
        }
        return known == 0 ? _failure.Of(Errno.NoEntry) : Reading.Ok(sum * 1_000_000 / (255L * known));
    }
}
