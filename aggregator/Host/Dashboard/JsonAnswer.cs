using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Homelab.Aggregator.Dashboard;

/// <summary>Writes a document as the whole answer; nothing here may be kept by a cache.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync<T>(HttpContext context, T document, JsonTypeInfo<T> form) =>
        WriteAsync(context, JsonSerializer.SerializeToUtf8Bytes(document, form));

    public static async Task WriteAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
