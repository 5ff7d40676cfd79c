using System.Collections.Frozen;
using System.Net;

namespace Homelab.Aggregator.Dashboard;

/// <summary>
/// Answers only to names that are ours, so that a web page on a foreign name that was made to resolve to this address (DNS
/// rebinding) reads nothing. Addresses, loopback names, this machine's own name and the configured names pass.
/// </summary>
internal sealed class HostGuard(IEnumerable<string> allowedHosts, string machineName)
{
    private readonly FrozenSet<string> _names = allowedHosts
        .Concat([machineName, machineName + ".local", machineName + ".lan", machineName + ".home.arpa", machineName + ".internal"])
        .Select(name => name.ToLowerInvariant())
        .ToFrozenSet(StringComparer.Ordinal);

    public async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host.Host;
        if (IsOurs(host))
            await next(context);
        else
            await Problem.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, "Misdirected request", $"This server does not answer to '{Printable(host)}'. Add the name to allowedHosts if it is meant to.");
    }

    public bool IsOurs(string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        return name == "localhost"
            || name.EndsWith(".localhost", StringComparison.Ordinal)
            || IPAddress.TryParse(name.Trim('[', ']'), out _)
            || _names.Contains(name);
    }

    private static string Printable(string host) => new([.. host.Take(253).Select(c => char.IsControl(c) ? '?' : c)]);
}
