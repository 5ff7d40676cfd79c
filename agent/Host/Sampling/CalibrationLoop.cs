using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Keeps on the disk what a meter has taught, apart from the sampling loop: a disk that hangs must not stop the sensors.</summary>
internal sealed class CalibrationLoop(CalibrationDesk desk, SealedFile file, TimeProvider time, ILogger log)
{
    private const string Kind = "homelab-calibration 1";

    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    public static SealedFile File(string folder, IStateFiles files) => new(Path.Combine(folder, "calibration"), Kind, files);

    /// <summary>What earlier runs learned, taken over; a damaged file is told and begun anew.</summary>
    public static void Recall(Calibration calibration, SealedFile file, ILogger log)
    {
        var lines = file.Load(out var problem);
        if (lines is not null && !calibration.Recall(lines))
            problem = $"{file.Path}: damaged: it holds no calibration";
        if (problem is not null)
            Log.CalibrationUnread(log, problem);
    }

    /// <summary>Runs until cancelled; then returns normally.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Pace, time);
        var isTold = false;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                if (desk.TakeNews() is not { } lines)
                    continue;
                var problem = file.Save(lines);
                if (problem is not null && !isTold)
                    Log.CalibrationUnstored(log, problem);
                isTold = problem is not null;
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }
    }
}
