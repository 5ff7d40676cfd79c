using System.Text.Json;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Dashboard;

/// <summary>Errors as RFC 9457 problem details.</summary>
internal static class Problem
{
    public static async Task WriteAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        context.Response.Headers.CacheControl = "no-store";
        await JsonSerializer.SerializeAsync(
            context.Response.Body, new ProblemDocument("about:blank", title, status, detail), ApiJson.Default.ProblemDocument, context.RequestAborted);
    }
}
