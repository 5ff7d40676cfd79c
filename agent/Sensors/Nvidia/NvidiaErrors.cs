using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>The driver's error reports ("Xid") of one GPU since the agent watches it: all, the last, and those of the first kinds by their number.</summary>
/// <remarks>Source: an NVML event set per GPU, asked without waiting. The kernel's log has what came before. Kinds are told in places, in order of appearance: the list of
/// sensors stays as it is while a GPU dies. A kind keeps its place; those that come after the places are filled are in the total alone.</remarks>
internal sealed class NvidiaErrors
{
    /// <summary>A GPU that is dying reports many: the rest is taken in the next look.</summary>
    private const int MostInALook = 64;

    /// <summary>A fault shows as two or three kinds: the cause, and what the driver makes of it.</summary>
    private static readonly (NvidiaChannel Code, NvidiaChannel Count)[] Places =
    [
        (NvidiaChannel.Xid1, NvidiaChannel.Xid1Errors), (NvidiaChannel.Xid2, NvidiaChannel.Xid2Errors),
        (NvidiaChannel.Xid3, NvidiaChannel.Xid3Errors), (NvidiaChannel.Xid4, NvidiaChannel.Xid4Errors),
    ];

    private static readonly Reading NoneYet = Reading.None(Quality.Unsupported, "no Xid since the agent watches this GPU");
    private static readonly Reading NoMore = Reading.None(Quality.Unsupported, "no further kind of Xid since the agent watches this GPU");

    private readonly uint[] _codes = new uint[Places.Length];
    private readonly ulong[] _counts = new ulong[Places.Length];
    private NvmlEvents _events;
    private bool _isOpen;
    private ulong _number;
    private uint _last;

    /// <summary>After each attaching: what was opened before went with it.</summary>
    public void Attached() => _isOpen = false;

    /// <summary>Before the session is closed on purpose.</summary>
    public void Close()
    {
        if (_isOpen)
            _events.Free();
        _isOpen = false;
    }

    public void Read(NvmlDevice device, NvidiaReadings readings)
    {
        if (!readings.Wants(NvidiaChannel.XidErrors))
            return;
        if (!_isOpen)
        {
            var opened = device.Watch(out _events);
            // Old GPUs and some virtual ones report no errors this way.
            if (opened is not NvmlResult.Success)
            {
                Refuse(readings, opened.IsDeviceGone() ? opened : NvmlResult.NotSupported);
                return;
            }
            _isOpen = true;
        }
        for (var i = 0; i < MostInALook; i++)
        {
            var result = _events.Next(out var xid);
            if (result == NvmlResult.NoData)
                continue;
            if (result != NvmlResult.Success)
                break;
            Count(xid);
        }
        Tell(readings);
    }

    private static void Refuse(NvidiaReadings readings, NvmlResult refusal)
    {
        readings.Put(NvidiaChannel.XidErrors, refusal, 0);
        readings.Put(NvidiaChannel.LastXid, refusal, 0);
        foreach (var (code, count) in Places)
        {
            readings.Put(code, refusal, 0);
            readings.Put(count, refusal, 0);
        }
    }

    private void Count(uint xid)
    {
        (_number, _last) = (_number + 1, xid);
        for (var place = 0; place < Places.Length; place++)
        {
            if (_counts[place] > 0 && _codes[place] != xid)
                continue;
            (_codes[place], _counts[place]) = (xid, _counts[place] + 1);
            return;
        }
    }

    private void Tell(NvidiaReadings readings)
    {
        readings.PutWhole(NvidiaChannel.XidErrors, NvmlResult.Success, _number);
        if (_number > 0)
            readings.PutWhole(NvidiaChannel.LastXid, NvmlResult.Success, _last);
        else
            readings[NvidiaChannel.LastXid] = NoneYet;
        for (var place = 0; place < Places.Length; place++)
        {
            var (code, count) = Places[place];
            if (_counts[place] == 0)
            {
                readings[code] = readings[count] = NoMore;
                continue;
            }
            readings.PutWhole(code, NvmlResult.Success, _codes[place]);
            readings.PutWhole(count, NvmlResult.Success, _counts[place]);
        }
    }
}
