using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Dashboard;

/// <summary>What changes something: overrides, the mode, the supply, an outer meter, forgetting a node. Every one passes <see cref="OrderGuard"/>.</summary>
internal sealed class OrderEndpoints(FleetStore fleet, IOrderDesk desk, OrderGuard guard)
{
    private const int MostBytes = 4096;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public Task SetOverrideAsync(HttpContext context) => TakeAsync(context, ApiJson.Default.OverrideRequest, request =>
    {
        if (request.Watts is not (> 0 and < 1e6))
            return (null, "watts must be a number above 0, e.g. 80.");
        return ConfigKeys.Duration(request.For ?? "") is { } lasts && lasts > TimeSpan.Zero && lasts <= Longest
            ? (new SetOverride(request.Group ?? AggregatorOptions.FleetName, Power.FromWatts(request.Watts.Value), lasts), "")
            : (null, "for must be a duration of at most a year, e.g. \"2h\" or \"30m\".");
    });

    public async Task ClearOverrideAsync(HttpContext context)
    {
        if (!await guard.AdmitsAsync(context))
            return;
        var group = context.Request.Query["group"].ToString();
        await PlaceAsync(context, new ClearOverride(group.Length == 0 ? null : group));
    }

    /// <summary>Without <c>confirm</c> it changes nothing and says what would happen.</summary>
    public async Task SwitchModeAsync(HttpContext context)
    {
        if (!await guard.AdmitsAsync(context) || await ReadAsync(context, ApiJson.Default.ModeRequest) is not { } request)
            return;
        if (ConfigKeys.Mode(request.Mode ?? "") is not { } mode)
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad order", "mode must be observe, label or cap.");
        else if (request.Confirm)
            await PlaceAsync(context, new SwitchMode(mode));
        else
            await JsonAnswer.WriteAsync(context, Preview(mode), ApiJson.Default.OrderDocument);
    }

    public Task SetSupplyAsync(HttpContext context) => TakeAsync(context, ApiJson.Default.SupplyRequest, request =>
        request.OnBattery is { } isOnBattery ? (new SetSupply(isOnBattery), "") : (null, "onBattery must be true or false."));

    public Task TakeMeterAsync(HttpContext context) => TakeAsync(context, ApiJson.Default.MeterRequest, request =>
        request.Watts is >= 0 and < 1e6 ? (new TakeMeter(request.Group ?? AggregatorOptions.FleetName, Power.FromWatts(request.Watts.Value)), "") : (null, "watts must be a number, 0 or more."));

    public async Task ForgetAsync(HttpContext context)
    {
        if (!await guard.AdmitsAsync(context))
            return;
        if (NodeName.TryParse(context.Request.RouteValues["name"] as string, out var name))
            await PlaceAsync(context, new ForgetNode(name));
        else
            await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "No such node", "That is not a node's name.");
    }

    private async Task TakeAsync<T>(HttpContext context, JsonTypeInfo<T> form, Func<T, (OperatorOrder? Order, string Complaint)> read)
        where T : class
    {
        if (!await guard.AdmitsAsync(context) || await ReadAsync(context, form) is not { } request)
            return;
        var (order, complaint) = read(request);
        if (order is null)
            await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad order", complaint);
        else
            await PlaceAsync(context, order);
    }

    /// <summary>Null when the body will not do; the refusal is then written.</summary>
    private static async Task<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> form)
        where T : class
    {
        var body = new byte[MostBytes + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted);
        try
        {
            if (length <= MostBytes && JsonSerializer.Deserialize(body.AsSpan(..length), form) is { } request)
                return request;
        }
        catch (JsonException)
        {
            // Told below.
        }
        await Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad order", length > MostBytes ? "The body is too long." : "The body is not the JSON object of this order.");
        return null;
    }

    private async Task PlaceAsync(HttpContext context, OperatorOrder order)
    {
        var outcome = await desk.PlaceAsync(order, context.RequestAborted);
        switch (outcome.Result)
        {
            case OrderResult.NotFound:
                await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "Not found", outcome.Text);
                break;
            case OrderResult.Refused:
                await Problem.WriteAsync(context, StatusCodes.Status409Conflict, "Refused", outcome.Text);
                break;
            default:
                await JsonAnswer.WriteAsync(context, new OrderDocument(OrderDocument.SchemaName, true, outcome.Result == OrderResult.Done, outcome.Text, []), ApiJson.Default.OrderDocument);
                break;
        }
    }

    private OrderDocument Preview(ControlMode mode)
    {
        var control = fleet.Current.Control?.State;
        List<string> effects = [];
        if (control is null || control.Mode == mode)
            effects.Add($"nothing: the mode is {mode.Word()} already");
        else if (mode == ControlMode.Cap)
        {
            var held = control.Nodes.Where(node => node.Standing is not NodeStanding.Observing).Select(node => node.Name.Value).ToArray();
            var free = control.Nodes.Where(node => node.Standing is NodeStanding.Observing).Select(node => node.Name.Value).ToArray();
            effects.Add(held.Length == 0 ? "no node can be held: none lets its agent write to a limiter" : $"held within {control.Budget}: {string.Join(", ", held)}");
            if (free.Length > 0)
                effects.Add($"not held, their watts are reserved: {string.Join(", ", free)}");
        }
        else if (control.Mode == ControlMode.Cap)
            effects.Add($"every node gets its hardware's own limits back; nothing keeps the fleet within {control.Budget} any more");
        else
            effects.Add("nothing on the nodes changes");
        return new OrderDocument(OrderDocument.SchemaName, false, false, $"mode would be {mode.Word()}", effects);
    }
}
