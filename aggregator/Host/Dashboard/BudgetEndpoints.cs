using System.Globalization;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Dashboard;

/// <summary>Reads of the budget and of what was decided.</summary>
internal sealed class BudgetEndpoints(FleetStore fleet, IDecisionHistory history, TimeProvider time)
{
    private const int MostDecisions = 1000;

    public Task BudgetAsync(HttpContext context)
    {
        var snapshot = fleet.Current;
        return snapshot.Control is { } control
            ? JsonAnswer.WriteAsync(context, ControlMap.Budget(snapshot, control), ApiJson.Default.BudgetStateDocument)
            : Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Not yet", "The control loop has not had its first round. Ask again in a second.");
    }

    /// <summary><c>?node=rk1-2&amp;since=1h&amp;limit=100</c>: of the last hour when not said, at most 1000.</summary>
    public Task DecisionsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        NodeName? node = null;
        if (query["node"].ToString() is { Length: > 0 } asked)
        {
            if (!NodeName.TryParse(asked, out var name))
                return Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad query", "node must be a node's name.");
            node = name;
        }
        var since = query["since"].ToString() is { Length: > 0 } span ? ConfigKeys.Duration(span) : TimeSpan.FromHours(1);
        if (since is not { } back || back > TimeSpan.FromDays(3650))
            return Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad query", "since must be a duration such as 30m, 2h or 7d.");
        var limit = MostDecisions;
        if (query["limit"].ToString() is { Length: > 0 } most && (!int.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MostDecisions))
            return Problem.WriteAsync(context, StatusCodes.Status400BadRequest, "Bad query", $"limit must be 1 to {MostDecisions}.");
        var now = time.GetUtcNow();
        return JsonAnswer.WriteAsync(context, ControlMap.Decisions(now, history.Read(node, now - back, limit)), ApiJson.Default.DecisionsDocument);
    }
}
