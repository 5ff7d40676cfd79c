namespace Homelab.RecordedHosts.Tests;

/// <summary>Always the same.</summary>
internal sealed class Steady(double level) : IDemand
{
    public double At(TimeSpan time) => level;
}
