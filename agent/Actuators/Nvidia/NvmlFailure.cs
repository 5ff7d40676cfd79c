using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Actuators.Nvidia;

/// <summary>What the library's codes mean for a limiter.</summary>
internal static class NvmlFailure
{
    public static LimitReading ToReading(string limiter, NvmlResult result, bool isWrite)
    {
        var (state, meaning) = Meaning(result);
        return new LimitReading(default, default, default, state, $"{limiter}: {result.Name()} {(isWrite ? "writing" : "reading")} the power limit: {meaning}");
    }

    private static (LimiterState State, string Meaning) Meaning(NvmlResult result) => result switch
    {
        _ when result.IsMissingFeature() => (LimiterState.Locked, "the firmware of this card (a laptop's, usually) keeps its limit to itself"),
        _ when result.IsRefusal() => (LimiterState.Denied, "it takes root (in a container CAP_SYS_ADMIN) and /dev/nvidiactl"),
        NvmlResult.GpuIsLost => (LimiterState.Gone, "the card fell off the bus"),
        NvmlResult.GpuNotFound or NvmlResult.NotFound or NvmlResult.DriverNotLoaded or NvmlResult.LibraryNotFound or NvmlResult.Uninitialized => (LimiterState.Gone, "the card or its driver is gone"),
        NvmlResult.ResetRequired => (LimiterState.Faulted, "the card waits for a reset"),
        NvmlResult.LibRmVersionMismatch => (LimiterState.Faulted, "the driver was upgraded: reboot, or load the new one and restart the agent"),
        _ => (LimiterState.Faulted, "the driver refused"),
    };
}
