using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Graphics;

/// <summary>A machine with one GPU, as the kernel's graphics core lists it.</summary>
internal static class GraphicsHost
{
    /// <param name="driver">Name of its driver.</param>
    /// <param name="device">Its path below <c>/sys/devices</c>.</param>
    public static FixtureHost With(string driver, string device)
    {
        var up = string.Concat(Enumerable.Repeat("../", device.Count(static c => c == '/') + 2));
        return FixtureHost.Of(
            ($"/sys/bus/pci/drivers/{driver}/", ""),
            ($"/sys/devices/{device}/power/runtime_status", "active\n"),
            ($"/sys/devices/{device}/driver", $"-> {up}bus/pci/drivers/{driver}"),
            ($"/sys/devices/{device}/drm/card0/dev", "226:0\n"),
            ($"/sys/devices/{device}/drm/card0/device", "-> ../../"),
            ("/sys/class/drm/card0", $"-> ../../devices/{device}/drm/card0"),
            ("/sys/class/drm/card0-DP-1/status", "disconnected\n"));
    }
}
