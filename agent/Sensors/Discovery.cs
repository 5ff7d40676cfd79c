namespace Homelab.NodeAgent.Sensors;

/// <summary>What a source found, and what stood in its way.</summary>
/// <param name="Sensors">In stable order; the index is the sensor's number on the wire.</param>
/// <param name="Findings">For <c>doctor</c>: files that are missing or shut, with the line that mends it.</param>
internal sealed record Discovery(IReadOnlyList<ISensor> Sensors, IReadOnlyList<Finding> Findings)
{
    public static Discovery Of(IReadOnlyList<ISensor> sensors) => new(sensors, []);

    public static Discovery Nothing(Finding finding) => new([], [finding]);
}
