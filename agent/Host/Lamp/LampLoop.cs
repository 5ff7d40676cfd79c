using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Lamp;

/// <summary>Shows on a lamp whether the agent is connected and healthy. Owns the time of blinking. Nothing else waits for it, and a line that fails costs a log line.</summary>
/// <param name="show">Lights the lamp or darkens it; 0 or the negative errno.</param>
/// <param name="isWell">Asked at each beat.</param>
/// <param name="name">The line, for the log.</param>
internal sealed class LampLoop(Func<bool, int> show, Func<bool> isWell, string name, MonotonicClock clock, ILogger log)
{
    /// <summary>Between tries of a line that can not be had.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private bool? _shown;
    private int _errno;
    private TimeSpan _nextTry;

    /// <summary>Runs until cancelled; then returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(LampPattern.Half / 2, clock.Time);
        try
        {
            do
                Beat();
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }

    /// <summary>Shows what is to be shown now.</summary>
    internal void Beat()
    {
        var now = clock.Now;
        var lit = LampPattern.IsLit(isWell(), now);
        if (lit == _shown || now < _nextTry)
            return;
        var errno = -show(lit);
        if (errno != 0)
            (_shown, _nextTry) = (null, now + Patience);
        else
            _shown = lit;
        if (errno == _errno)
            return;
        _errno = errno;
        if (errno == 0)
            Log.LampShown(log, name);
        else
            Log.LampDark(log, name, Errno.Name(errno), Fix(errno));
    }

    private static string Fix(int errno) => errno switch
    {
        Errno.Busy => "gpioinfo shows who has it",
        Errno.Access or Errno.NotPermitted => "a unit drop-in with DeviceAllow=char-gpiochip rw and SupplementaryGroups=gpio",
        Errno.Invalid => "gpioinfo lists the lines of each chip",
        _ => "gpiodetect lists the chips with their labels; correct gpio.statusLamp",
    };
}
