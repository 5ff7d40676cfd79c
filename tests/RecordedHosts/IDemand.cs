namespace Homelab.RecordedHosts;

/// <summary>How much a machine is asked to do over time. The same answer for the same time, whenever it is asked.</summary>
internal interface IDemand
{
    /// <summary>Wanted work at a time of zero or more, as a share of the whole machine: 0 to 1.</summary>
    double At(TimeSpan time);
}
