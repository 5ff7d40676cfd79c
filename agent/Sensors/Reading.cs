using Homelab.Units;

namespace Homelab.NodeAgent.Sensors;

/// <summary>One look at one sensor: a value, or a named reason for having none. Never an exception.</summary>
/// <param name="Quality">What the value is worth.</param>
/// <param name="Micros">Millionths of the sensor's base unit; null unless <see cref="Units.Quality.Ok"/>, <see cref="Units.Quality.Stale"/>
/// or, for people only, <see cref="Units.Quality.Implausible"/>.</param>
/// <param name="Detail">Why the quality is not ok, one line naming the errno or the bound; null when there is nothing to say.
/// Implementations reuse constant strings so that a steady failure allocates nothing.</param>
internal readonly record struct Reading(Quality Quality, long? Micros, string? Detail)
{
    /// <summary>Whoever finds the device away ends the detail with this: the next search comes within seconds.</summary>
    public const string Gone = ": gone";

    public bool IsGone => Quality == Quality.Fault && Detail?.EndsWith(Gone, StringComparison.Ordinal) == true;

    public static Reading Ok(long micros) => new(Quality.Ok, micros, null);

    public static Reading Implausible(long micros, string detail) => new(Quality.Implausible, micros, detail);

    /// <summary>Nothing new came in time: whoever keeps the last value shows it as stale, since what it measures goes on.</summary>
    public static Reading Late(string detail) => new(Quality.Stale, null, detail);

    public static Reading None(Quality quality, string detail) => new(quality, null, detail);
}
