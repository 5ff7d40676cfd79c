namespace Homelab.NodeAgent.Actuators;

/// <summary>Why a limiter does not hold: the state that the host acts on, and file, error, meaning and mend for people.</summary>
internal readonly record struct ControlFailure(LimiterState State, string Detail)
{
    /// <param name="code">An errno or a <see cref="ControlCode"/>, above zero.</param>
    /// <param name="onWrite">A refusal to write is a lock where the same refusal to read is a fault.</param>
    public static ControlFailure Of(string path, int code, bool onWrite)
    {
        var (state, meaning) = Meaning(code, onWrite);
        return new ControlFailure(state, $"{path}: {NameOf(code)} on {(onWrite ? "write" : "read")}: {meaning}");
    }

    public static ControlFailure? Of(PutResult result) => result.Code == 0 ? null : Of(result.Path ?? "", result.Code, result.OnWrite);

    /// <summary>A range that no value fits into.</summary>
    public static ControlFailure Range(string path, long least, long most) =>
        new(LimiterState.Faulted, $"{path}: its range reads {least} to {most}: no limit fits into it, so none is set");

    private static string NameOf(int code) => code switch
    {
        ControlCode.OutsideSys or ControlCode.NotRecorded => "refused",
        ControlCode.Ignored => "no effect",
        ControlCode.Garbage => "no number",
        Errno.NoSpace => "ENOSPC",
        _ => Errno.Name(code),
    };

    private static (LimiterState State, string Meaning) Meaning(int code, bool onWrite) => code switch
    {
        Errno.Access => (LimiterState.Denied, "the agent may not write here; run it as root or give it CAP_DAC_OVERRIDE"),
        Errno.NotPermitted => (LimiterState.Denied, "the kernel permits this change to nobody like the agent; run it as root, with CAP_SYS_ADMIN, and look for kernel lockdown"),
        Errno.ReadOnlyFileSystem => (LimiterState.Denied, "/sys is mounted read-only; mount it writable (-v /sys:/host/sys without :ro), or set ProtectKernelTunables=no in the unit"),
        Errno.NoEntry or Errno.NoDevice or Errno.NoDeviceOrAddress or Errno.NotDirectory => (LimiterState.Gone, "the device is not there any more; it is found again when it returns"),
        Errno.NoData or Errno.NotImplemented or Errno.NotSupported when onWrite =>
            (LimiterState.Locked, "the driver refuses: BIOS or firmware has locked this limit; unlock it there, or allow another limiter on this node"),
        ControlCode.Ignored => (LimiterState.Locked, "the write was accepted and the value stays above it: firmware holds it; unlock it there, or allow another limiter on this node"),
        ControlCode.OutsideSys => (LimiterState.Faulted, "this path leads out of the machine's /sys, so it is not written"),
        ControlCode.NotRecorded => (LimiterState.Faulted, "its original value is not stored durably, so it is not written; see the state folder"),
        ControlCode.Garbage => (LimiterState.Faulted, "the file holds no number"),
        Errno.Busy => (LimiterState.Faulted, "the driver is busy or in reset; it is tried again"),
        Errno.Invalid when onWrite => (LimiterState.Faulted, "the driver takes no such value"),
        Errno.NoData => (LimiterState.Faulted, "the driver has no value here"),
        _ => (LimiterState.Faulted, "the driver failed; it is tried again"),
    };
}
