using System.Globalization;

namespace Homelab.RecordedHosts;

/// <summary>Whatever a file says now, for a bench that makes its machines work and rest: a share from 0 to 1. While it says nothing, what it said last;
/// at first a twentieth.</summary>
internal sealed class ToldDemand(string path) : IDemand
{
    private double _last = 0.05;

    /// <summary>The time does not matter: who tells decides it.</summary>
    public double At(TimeSpan time)
    {
        try
        {
            if (File.Exists(path) && double.TryParse(File.ReadAllText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && double.IsFinite(share))
                _last = Math.Clamp(share, 0, 1);
        }
        catch (IOException)
        {
            // It is being written; the next move reads it.
        }
        return _last;
    }
}
