using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>The figures that come by field id, all in one call. An id that a driver refused is left out of the next one, until the next search.</summary>
internal sealed class NvidiaFields
{
    public const int PowerAverage = 0;
    public const int PowerInstant = 1;
    public const int MemoryPower = 2;
    public const int MemoryTemperature = 3;
    public const int PowerCapTime = 4;
    public const int ThermalPolicyTime = 5;
    public const int SoftThermalTime = 6;
    public const int HardThermalTime = 7;
    public const int BrakeTime = 8;
    public const int PcieSent = 9;
    public const int PcieReceived = 10;

    private static readonly (uint Id, uint Scope)[] Asked =
    [
        (NvmlDevice.PowerAverageField, 0),
        (NvmlDevice.PowerInstantField, 0),
        (NvmlDevice.PowerAverageField, NvmlDevice.MemoryScope),
        (NvmlDevice.MemoryTemperatureField, 0),
        (NvmlDevice.PowerCapTimeField, 0),
        (NvmlDevice.ThermalPolicyTimeField, 0),
        (NvmlDevice.SlowdownTimeField, 0),
        (NvmlDevice.SlowdownTimeField + 1, 0),
        (NvmlDevice.SlowdownTimeField + 2, 0),
        (NvmlDevice.PcieSentField, 0),
        (NvmlDevice.PcieReceivedField, 0),
    ];

    private readonly NvmlFieldValue[] _batch = new NvmlFieldValue[Asked.Length];
    private readonly int[] _places = new int[Asked.Length];
    private readonly NvmlResult[] _refusals = new NvmlResult[Asked.Length];
    private readonly NvmlResult[] _results = new NvmlResult[Asked.Length];
    private readonly long[] _numbers = new long[Asked.Length];

    public void Forget() => Array.Clear(_refusals);

    /// <summary>Asks for all that was not refused.</summary>
    public void Read(NvmlDevice device)
    {
        var count = 0;
        for (var i = 0; i < Asked.Length; i++)
        {
            _results[i] = _refusals[i];
            if (_refusals[i] != NvmlResult.Success)
                continue;
            _batch[count] = new NvmlFieldValue { FieldId = Asked[i].Id, ScopeId = Asked[i].Scope };
            _places[count++] = i;
        }
        if (count == 0)
            return;
        var whole = device.Fields(_batch.AsSpan(0, count));
        for (var i = 0; i < count; i++)
        {
            // A driver that minds an id refuses the whole: then each is asked by itself, once, and those that it minds are known.
            var result = whole == NvmlResult.InvalidArgument && count > 1 ? device.Fields(_batch.AsSpan(i, 1)) : whole;
            Take(_places[i], result, _batch[i]);
        }
    }

    /// <summary>What a field came to; the number is in the field's own unit and counts only with success.</summary>
    public NvmlResult Get(int field, out long number)
    {
        number = _numbers[field];
        return _results[field];
    }

    private void Take(int place, NvmlResult whole, NvmlFieldValue value)
    {
        var result = whole == NvmlResult.Success ? (NvmlResult)value.Result : whole;
        // Older drivers say "invalid argument" of an id or a scope that they do not know.
        if (result == NvmlResult.InvalidArgument)
            result = NvmlResult.NotSupported;
        // The ids of the three slowdowns' times meant flags in some driver.
        if (result == NvmlResult.Success && place is SoftThermalTime or HardThermalTime or BrakeTime && !value.IsWide)
            result = NvmlResult.NotSupported;
        if (result == NvmlResult.Success && value.Number is null)
            result = NvmlResult.NoData;
        _refusals[place] = result.IsMissingFeature() ? result : NvmlResult.Success;
        (_results[place], _numbers[place]) = (result, value.Number ?? 0);
    }
}
