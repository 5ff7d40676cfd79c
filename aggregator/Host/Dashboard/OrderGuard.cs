using System.Net;
using Homelab.Aggregator.Configuration;
using Microsoft.Net.Http.Headers;

namespace Homelab.Aggregator.Dashboard;

/// <summary>
/// Who may give orders: a program on this machine, or one that shows the token of <c>api.tokenFile</c>. What a browser would send for
/// another page is refused whoever it comes from: orders are JSON, from our own origin.
/// </summary>
internal sealed class OrderGuard(OrderToken? token)
{
    /// <summary>True when the order may be read; else the refusal is written.</summary>
    public async Task<bool> AdmitsAsync(HttpContext context)
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return await RefuseAsync(context, StatusCodes.Status415UnsupportedMediaType, "Orders are JSON", "Send Content-Type: application/json; a form can not do that, and so no other page can.");
        if (!IsOwnOrigin(request))
            return await RefuseAsync(context, StatusCodes.Status403Forbidden, "Another origin", "Orders are taken from this page or from programs, not from other pages.");
        if (Bearer(request) is { } given)
        {
            if (token?.Is(given) == true)
                return true;
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return await RefuseAsync(context, StatusCodes.Status401Unauthorized, "Not this token", token is null ? "No api.tokenFile is configured." : "The token is not the one in api.tokenFile.");
        }
        if (IsFromHere(context))
            return true;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return await RefuseAsync(context, StatusCodes.Status401Unauthorized, "Orders need a token from here", "Run the command on the aggregator's machine, or configure api.tokenFile and send its token: Authorization: Bearer …");
    }

    private static async Task<bool> RefuseAsync(HttpContext context, int status, string title, string detail)
    {
        await Problem.WriteAsync(context, status, title, detail);
        return false;
    }

    /// <summary>Browsers say where a page came from in these headers, and no page can change them. Programs send neither.</summary>
    private static bool IsOwnOrigin(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
            return false;
        var origin = request.Headers.Origin.ToString();
        return origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }

    private static string? Bearer(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
    }

    /// <summary>Behind a proxy on this machine every caller seems to be here; what a proxy adds gives that away.</summary>
    private static bool IsFromHere(HttpContext context)
    {
        var headers = context.Request.Headers;
        return context.Connection.RemoteIpAddress is { } peer && IPAddress.IsLoopback(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer)
            && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("X-Real-IP") && !headers.ContainsKey("Via");
    }
}
