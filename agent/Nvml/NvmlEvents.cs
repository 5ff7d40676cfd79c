namespace Homelab.NodeAgent.Nvml;

/// <summary>Errors that a GPU's driver reported since the set was opened. Asking never waits.</summary>
internal readonly struct NvmlEvents(NvmlLibrary library, nint set)
{
    /// <summary><c>nvmlEventTypeXidCriticalError</c>.</summary>
    public const ulong Xid = 0x8;

    /// <summary>The next error that is not yet taken; <see cref="NvmlResult.Timeout"/> when there is none.</summary>
    /// <param name="xid">NVIDIA's number of it: 79 is a GPU that fell off the bus.</param>
    public NvmlResult Next(out uint xid)
    {
        var result = library.Wait(NvmlExport.EventSetWait, set, out var happened, milliseconds: 0);
        xid = (uint)happened.Details;
        return result == NvmlResult.Success && happened.Kind != Xid ? NvmlResult.NoData : result;
    }

    public void Free() => _ = library.Call(NvmlExport.EventSetFree, set);
}
