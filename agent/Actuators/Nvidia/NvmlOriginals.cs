using System.Globalization;
using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Nvidia;

/// <summary>Originals of NVIDIA cards: their keys and texts, and the way back. By UUID, so a card is found in another slot; a sleeping one is woken for it.</summary>
internal sealed class NvmlOriginals(HostRoot root) : IOriginalsWriter, IDisposable
{
    public const string Prefix = "nvml:";

    private const string PowerLimitWord = "power-limit";
    private const string LockedClocksWord = "locked-clocks";
    private const string PersistenceWord = "persistence-mode";

    private readonly NvmlSession _session = new(NvmlPaths.For(root.Locate("")));

    public static string PowerLimitKey(string uuid) => Key(uuid, PowerLimitWord);

    /// <summary>Milliwatts.</summary>
    public static OriginalValue PowerLimit(string uuid, Power limit) =>
        new(PowerLimitKey(uuid), (limit.Microwatts / 1000).ToString(CultureInfo.InvariantCulture));

    /// <summary>Always <c>none</c>.</summary>
    public static OriginalValue LockedClocks(string uuid) => new(Key(uuid, LockedClocksWord), "none");

    /// <summary>0 or 1.</summary>
    public static OriginalValue Persistence(string uuid, bool isOn) => new(Key(uuid, PersistenceWord), isOn ? "1" : "0");

    public static bool TryMilliwatts(string? text, out Power power)
    {
        var isNumber = uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var milliwatts);
        power = Power.FromMilliwatts(milliwatts);
        return isNumber && milliwatts > 0;
    }

    public bool Owns(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Writes, reads back, and answers null; or says what stands in the way. Writes nothing that is there already.</summary>
    public string? WriteBack(OriginalValue value)
    {
        if (value.Key[Prefix.Length..].Split('/') is not [var uuid, var word])
            return value.Key + ": not a value of a card";
        var result = _session.Open();
        NvmlDevice device = default;
        if (result == NvmlResult.Success)
            result = _session.FindByUuid(uuid, out device);
        if (result != NvmlResult.Success)
            return Failure(value, result);
        return word switch
        {
            PowerLimitWord => WriteLimit(value, device),
            LockedClocksWord => WriteClocks(value, device),
            PersistenceWord => WritePersistence(value, device),
            _ => value.Key + ": not a value that is ever changed",
        };
    }

    public void Dispose() => _session.Dispose();

    private static string? WriteLimit(OriginalValue value, NvmlDevice device)
    {
        if (!TryMilliwatts(value.Text, out var original))
            return $"{value.Key}: '{value.Text}' is no power limit";
        if (device.PowerLimit(out var held) == NvmlResult.Success && held == original)
            return null;
        var result = device.SetPowerLimit(original);
        if (result == NvmlResult.Success)
            result = device.PowerLimit(out held);
        if (result != NvmlResult.Success)
            return Failure(value, result);
        return held == original ? null : $"{value.Key}: holds {held} after {original} was written back: something else writes it";
    }

    private static string? WriteClocks(OriginalValue value, NvmlDevice device)
    {
        // A card without locks never had one.
        var result = device.UnlockClocks();
        return result == NvmlResult.Success || result.IsMissingFeature() ? null : Failure(value, result);
    }

    private static string? WritePersistence(OriginalValue value, NvmlDevice device)
    {
        var original = value.Text == "1";
        if (device.Persistence(out var isOn) == NvmlResult.Success && isOn == original)
            return null;
        var result = device.SetPersistence(original);
        return result == NvmlResult.Success ? null : Failure(value, result);
    }

    private static string Key(string uuid, string word) => $"{Prefix}{uuid}/{word}";

    private static string Failure(OriginalValue value, NvmlResult result) => NvmlFailure.ToReading(value.Key, result, isWrite: true).Detail;
}
