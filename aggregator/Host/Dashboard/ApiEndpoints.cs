using Homelab.Aggregator.Api;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Dashboard;

/// <summary>The JSON API: reads of the newest snapshot.</summary>
internal sealed class ApiEndpoints(FleetStore fleet, FleetJson json)
{
    public Task FleetAsync(HttpContext context) => JsonAnswer.WriteAsync(context, json.Of(fleet.Current));

    public Task NodesAsync(HttpContext context) => JsonAnswer.WriteAsync(context, ApiMap.Nodes(fleet.Current), ApiJson.Default.NodesDocument);

    public Task NodeAsync(HttpContext context)
    {
        var snapshot = fleet.Current;
        if (!NodeName.TryParse(context.Request.RouteValues["name"] as string, out var name) || snapshot.Find(name) is not { } node)
            return Problem.WriteAsync(context, StatusCodes.Status404NotFound, "No such node", "No node of that name has been heard. /api/v1/nodes lists those that have.");
        return JsonAnswer.WriteAsync(context, ApiMap.Detail(node, snapshot.Control, snapshot.At), ApiJson.Default.NodeDetailDocument);
    }
}
