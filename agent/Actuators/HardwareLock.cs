using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Actuators;

/// <summary>One owner of the machine's limits at a time: <c>flock</c> on the state folder's lock file and on the machine's own <c>/sys</c>,
/// so that two agents with two state folders exclude each other as well. The kernel lets go when the process ends, however it ends.</summary>
internal sealed class HardwareLock : IDisposable
{
    private const uint OwnerOnly = 0x180; // rw-------

    private readonly int _state;
    private readonly int _machine;
    private bool _isDisposed;

    private HardwareLock(int state, int machine) => (_state, _machine) = (state, machine);

    /// <summary>Null and a problem when another process holds it, or the state folder can not hold a lock file.</summary>
    public static HardwareLock? TryTake(HostRoot root, string stateFolder, out string? problem)
    {
        var file = System.IO.Path.Combine(stateFolder, "lock");
        var state = Take(file, ActuatorsInterop.ReadWrite | ActuatorsInterop.Create, out var errno);
        if (state < 0)
        {
            problem = errno == Errno.TryAgain
                ? $"{file}: another homelab-agent holds this machine's limits; stop it first"
                : $"{file}: {Errno.Name(errno)}: no lock can be taken; give the agent a state folder that it can write";
            return null;
        }
        var machine = Take(root.Locate("/sys"), ActuatorsInterop.ReadOnly, out errno);
        if (machine < 0 && errno == Errno.TryAgain)
        {
            _ = ActuatorsInterop.Close(state);
            problem = $"{root.Locate("/sys")}: another homelab-agent with another state folder holds this machine's limits; stop it first";
            return null;
        }
        // A file system that can not lock a folder leaves the lock file alone to do it.
        problem = null;
        return new HardwareLock(state, machine);
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        if (_machine >= 0)
            _ = ActuatorsInterop.Close(_machine);
        _ = ActuatorsInterop.Close(_state);
    }

    private static unsafe int Take(string path, int flags, out int errno)
    {
        int descriptor;
        fixed (byte* name = new PseudoPath(path).NullTerminated)
            descriptor = ActuatorsInterop.Open(name, flags | ActuatorsInterop.CloseOnExec, OwnerOnly);
        errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor < 0)
            return -1;
        if (ActuatorsInterop.Lock(descriptor, ActuatorsInterop.LockExclusive | ActuatorsInterop.LockNow) == 0)
            return descriptor;
        errno = Marshal.GetLastPInvokeError();
        _ = ActuatorsInterop.Close(descriptor);
        return -1;
    }
}
