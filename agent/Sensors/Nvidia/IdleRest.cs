using Homelab.NodeAgent.Nvml;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>Leaves an idle GPU alone for a while where it could sleep then: the driver keeps a GPU awake that somebody has open, and a sleeping one saves 5 to 25 W.</summary>
/// <remarks>Counted in looks, one a pass. Only where the kernel may suspend the device (<c>power/control</c> is <c>auto</c>) and the driver does so
/// (<c>/proc/driver/nvidia/gpus/*/power</c>): on most desktops and servers neither holds, and nothing is ever left out.</remarks>
internal sealed class IdleRest(HostRoot root, string address)
{
    /// <summary>Idle looks in a row before it is left alone.</summary>
    public const int IdleLooks = 10;

    /// <summary>The driver suspends some 6 to 10 s after its last user went.</summary>
    public const int RestLooks = 20;

    /// <summary>Looks before the next try when it did not fall asleep: somebody else keeps it awake.</summary>
    public const int WaitLooks = 600;

    /// <summary>Performance states from 8 on are idle clocks.</summary>
    private const uint IdleState = 8;

    public static readonly Reading LeftAlone = Reading.None(Quality.Asleep, "idle, and left alone so that it can sleep");

    private bool _maySleep;
    private int _idle;
    private int _resting;
    private int _waiting;

    /// <summary>Looks whether it could sleep at all.</summary>
    public void Search(bool isAlone) => _maySleep = isAlone
        && root.ReadLine(NvmlPaths.DeviceFolder(address) + "/power/control") == "auto"
        && root.ReadLine("/proc/driver/nvidia/gpus/" + address + "/power") is { } status
        && status.StartsWith("Runtime D3 status:", StringComparison.Ordinal)
        && status["Runtime D3 status:".Length..].TrimStart().StartsWith("Enabled", StringComparison.Ordinal);

    /// <summary>True while this look must not touch it.</summary>
    public bool LeavesAlone()
    {
        if (_resting == 0)
            return false;
        if (--_resting == 0)
            _waiting = WaitLooks;
        return true;
    }

    public void FoundAsleep() => (_idle, _resting, _waiting) = (0, 0, 0);

    /// <summary>True when it is to be let go of now.</summary>
    public bool Wants(NvmlDevice device, Reading utilization)
    {
        if (!_maySleep || (_waiting > 0 && _waiting-- > 0))
            return false;
        var isIdle = utilization is { Quality: Quality.Ok, Micros: 0 }
            && device.PerformanceState(out var state) == NvmlResult.Success && state is >= IdleState and <= 15;
        _idle = isIdle ? _idle + 1 : 0;
        if (_idle < IdleLooks)
            return false;
        (_idle, _resting) = (0, RestLooks);
        return true;
    }
}
