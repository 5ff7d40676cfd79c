using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>The driver's error reports ("Xid") of one GPU since the agent watches it, and the number of the last.</summary>
/// <remarks>Source: an NVML event set per GPU, asked without waiting. The kernel's log has what came before.</remarks>
internal sealed class NvidiaErrors
{
    /// <summary>A GPU that is dying reports many: the rest is taken in the next look.</summary>
    private const int MostInALook = 64;

    private static readonly Reading NoneYet = Reading.None(Quality.Unsupported, "no Xid since the agent watches this GPU");

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
                var refusal = opened.IsDeviceGone() ? opened : NvmlResult.NotSupported;
                readings.Put(NvidiaChannel.XidErrors, refusal, 0);
                readings.Put(NvidiaChannel.LastXid, refusal, 0);
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
            (_number, _last) = (_number + 1, xid);
        }
        readings.PutWhole(NvidiaChannel.XidErrors, NvmlResult.Success, _number);
        if (_number > 0)
            readings.PutWhole(NvidiaChannel.LastXid, NvmlResult.Success, _last);
        else
            readings[NvidiaChannel.LastXid] = NoneYet;
    }
}
