using System.Text.Json;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Dashboard;

/// <summary>The fleet document of the newest snapshot as bytes, made once however many ask.</summary>
/// <param name="configured">The mode until the control loop has had its first round.</param>
internal sealed class FleetJson(ControlMode configured)
{
    private sealed record Rendering(FleetSnapshot Snapshot, byte[] Bytes);

    private volatile Rendering? _last;

    public byte[] Of(FleetSnapshot snapshot)
    {
        if (_last is { } last && ReferenceEquals(last.Snapshot, snapshot))
            return last.Bytes;
        var made = new Rendering(snapshot, JsonSerializer.SerializeToUtf8Bytes(ApiMap.Fleet(snapshot, configured), ApiJson.Default.FleetDocument));
        _last = made;
        return made.Bytes;
    }
}
