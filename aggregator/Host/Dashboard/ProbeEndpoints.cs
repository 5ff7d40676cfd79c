using System.Text;
using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Dashboard;

/// <summary><c>/livez</c>, <c>/readyz</c> with its alias <c>/healthz</c>, and <c>/leadz</c>, in the manner of kube-apiserver.</summary>
internal sealed class ProbeEndpoints(FleetStore fleet, Func<TimeSpan> fleetSilence, Func<TimeSpan> controlSilence, Func<LeaderView> leader, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(15);

    private sealed record Check(string Name, bool Passes, bool IsFatal, string Detail);

    /// <summary>Fails when the fleet's or the control loop stands still: then only a restart helps.</summary>
    public Task LiveAsync(HttpContext context) => WriteAsync(context, [FleetCheck(), ControlCheck()], "livez");

    /// <summary>Fails when we can not serve. A full disk is shown and does not fail: figures are still served.</summary>
    public Task ReadyAsync(HttpContext context) => WriteAsync(context, [FleetCheck(), ControlCheck(), StorageCheck(), ControlStorageCheck(), DrainCheck()], "readyz");

    /// <summary>For those who look for the one that takes agents and orders: fails on all others, which serve the page all the same.</summary>
    public Task LeadsAsync(HttpContext context)
    {
        var view = leader();
        return WriteAsync(context, [new("leader", view.Leads, true, view.Direction), FleetCheck(), ControlCheck(), DrainCheck()], "leadz");
    }

    private Check FleetCheck() => new("fleet", fleetSilence() < MostSilence, true, "the fleet loop stands still");

    private Check StorageCheck() => new("storage", fleet.Current.StorageFailure.Length == 0, false, fleet.Current.StorageFailure);

    private Check ControlCheck() => new("control", controlSilence() < MostSilence, true, "the control loop stands still");

    private Check ControlStorageCheck()
    {
        var failure = fleet.Current.Control?.StorageFailure ?? "";
        return new("control-storage", failure.Length == 0, false, failure);
    }

    private Check DrainCheck() => new("shutdown", !lifetime.ApplicationStopping.IsCancellationRequested, true, "stopping");

    private static async Task WriteAsync(HttpContext context, Check[] checks, string name)
    {
        var passes = checks.All(check => check.Passes || !check.IsFatal);
        context.Response.StatusCode = passes ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        var text = passes && !context.Request.Query.ContainsKey("verbose") ? "ok" : Verbose(checks, name, passes);
        await context.Response.WriteAsync(text, context.RequestAborted);
    }

    private static string Verbose(Check[] checks, string name, bool passes)
    {
        var text = new StringBuilder();
        foreach (var check in checks)
        {
            var mark = check.Passes ? '+' : check.IsFatal ? '-' : '!';
            text.Append('[').Append(mark).Append(']').Append(check.Name).Append(check.Passes ? " ok" : $" failed: {check.Detail}").Append('\n');
        }
        return text.Append(name).Append(passes ? " check passed\n" : " check failed\n").ToString();
    }
}
