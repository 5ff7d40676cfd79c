using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace Homelab.Aggregator.Dashboard;

/// <summary>The page's files, carried in the binary under <c>wwwroot/</c>, with an ETag each.</summary>
internal sealed class PageFiles
{
    private const string Root = "wwwroot/";

    private sealed record PageFile(byte[] Bytes, string ContentType, string ETag);

    private readonly FrozenDictionary<string, PageFile> _files;

    public PageFiles(Assembly assembly) =>
        _files = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .ToFrozenDictionary(name => "/" + name[Root.Length..], name => Load(assembly, name), StringComparer.Ordinal);

    public IReadOnlyCollection<string> Paths => _files.Keys;

    /// <summary>Serves the file of the request's path, <c>/</c> being <c>/index.html</c>; 404 for any other.</summary>
    public Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value is null or "/" or "" ? "/index.html" : context.Request.Path.Value;
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
            return Problem.WriteAsync(context, StatusCodes.Status405MethodNotAllowed, "Method not allowed", "Everything here is read with GET.");
        if (!_files.TryGetValue(path, out var file))
            return Problem.WriteAsync(context, StatusCodes.Status404NotFound, "Not found", "There is nothing at this path. The API is below /api/v1/.");

        var response = context.Response;
        response.Headers.ETag = file.ETag;
        response.Headers.CacheControl = "no-cache";
        if (context.Request.Headers.IfNoneMatch.ToString().Contains(file.ETag, StringComparison.Ordinal))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }
        response.ContentType = file.ContentType;
        response.ContentLength = file.Bytes.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(file.Bytes, context.RequestAborted).AsTask();
    }

    private static PageFile Load(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new PageFile(bytes, TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(..8))}\"");
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".json" or ".webmanifest" => "application/manifest+json",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
}
