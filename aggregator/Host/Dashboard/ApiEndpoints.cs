using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Fleet;
using Homelab.Units;

namespace Homelab.Aggregator.Dashboard;

/// <summary>The JSON API: reads of the newest snapshot.</summary>
internal sealed class ApiEndpoints(FleetStore fleet, FleetJson json)
{
    public Task FleetAsync(HttpContext context) => WriteAsync(context, json.Of(fleet.Current));

    public Task NodesAsync(HttpContext context) => WriteAsync(context, ApiMap.Nodes(fleet.Current), ApiJson.Default.NodesDocument);

    public Task NodeAsync(HttpContext context)
    {
        var snapshot = fleet.Current;
        if (!NodeName.TryParse(context.Request.RouteValues["name"] as string, out var name) || snapshot.Find(name) is not { } node)
            return Problem.WriteAsync(context, StatusCodes.Status404NotFound, "No such node", "No node of that name has been heard. /api/v1/nodes lists those that have.");
        return WriteAsync(context, ApiMap.Detail(node, snapshot.At), ApiJson.Default.NodeDetailDocument);
    }

    private static Task WriteAsync<T>(HttpContext context, T document, JsonTypeInfo<T> form) =>
        WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(document, form));

    private static async Task WriteAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
