using Homelab.NodeAgent.Gpio;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>The GPIO line that a monitor's ALERT pin is wired to: whether it is pulled now, and how often it was. The kernel counts edges between looks, so a short one is not missed.</summary>
internal sealed class AlertLine(IGpioCalls calls, GpioLineName name)
{
    /// <summary>What others see the line held by.</summary>
    public const string Consumer = "homelab-agent";

    private static readonly Reading NotTaken = Reading.None(Quality.Fault, "the line is not taken");

    private GpioInput? _input;
    private int _toldErrno;

    public GpioLineName Name => name;

    /// <summary>The device node, as the machine has it; empty when no chip of this name was found.</summary>
    public string Node { get; private set; } = "";

    /// <summary>Why the line was not taken; 0 when it was.</summary>
    public int Errno { get; private set; }

    /// <summary>Who has it, of EBUSY; else empty.</summary>
    public string Holder { get; private set; } = "";

    public Reading Active { get; private set; } = NotTaken;

    public Reading Edges { get; private set; } = NotTaken;

    /// <summary>Takes the line, unless it is taken.</summary>
    public void Search(HostRoot root)
    {
        if (_input is not null)
            return;
        (Errno, Holder) = (HostFiles.Errno.NoEntry, "");
        if (GpioNodes.Find(root, calls, name, out var node) is { } path)
        {
            Node = node;
            _input = GpioInput.TakeAlert(calls, path, name.Offset, Consumer, out var errno);
            Errno = -errno;
            if (Errno == HostFiles.Errno.Busy && GpioChip.Look(calls, path, name.Offset, out var state) == 0)
                Holder = state.Consumer;
        }
        if (_input is null)
            Fail(Errno);
    }

    public void Look()
    {
        if (_input is not { } input)
            return;
        var level = input.Look();
        if (level >= 0)
        {
            (Active, Edges) = (Reading.Ok(level * 1_000_000L), Reading.Ok(input.Edges * 1_000_000L));
            return;
        }
        // The chip went away, and its line with it.
        input.Dispose();
        _input = null;
        Errno = -level;
        Fail(Errno);
    }

    private void Fail(int errno)
    {
        if (errno == _toldErrno && Active.Quality != Quality.Ok)
            return;
        _toldErrno = errno;
        Active = Edges = Reading.None(
            errno is HostFiles.Errno.Access or HostFiles.Errno.NotPermitted ? Quality.Denied : errno == HostFiles.Errno.Busy ? Quality.Unsupported : Quality.Fault,
            HostFiles.Errno.Name(errno) + " taking " + name + (errno is HostFiles.Errno.NoDevice or HostFiles.Errno.NoEntry ? Reading.Gone : ""));
    }
}
