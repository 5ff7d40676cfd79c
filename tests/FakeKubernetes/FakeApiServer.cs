using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.FakeKubernetes;

/// <summary>
/// A Kubernetes API server in this process, on a free port of the loopback: nodes, namespaces, leases and events with versions, watches,
/// server-side apply and the patches, and faults at will. What it does not imitate: pods, quotas, schema validation, apply beyond labels and annotations.
/// </summary>
internal sealed class FakeApiServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FakeVerbs _verbs;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private int _openWatches;

    private FakeApiServer(WebApplication app, TimeProvider time, FakeCertificates? certificates)
    {
        (_app, _time, Certificates) = (app, time, certificates);
        Store = new FakeStore(time);
        _verbs = new FakeVerbs(Store);
        Nodes = new FakeNodes(Store);
        Namespaces = new FakeObjects(Store, FakeResource.Of("namespaces"), null);
        app.Run(ServeAsync);
    }

    /// <summary>Without a slash at its end.</summary>
    public Uri Url { get; private set; } = new("http://unset");

    /// <summary>Null where the server speaks plain http.</summary>
    public FakeCertificates? Certificates { get; }

    public FakeNodes Nodes { get; }

    public FakeObjects Namespaces { get; }

    public FakeStore Store { get; }

    public FakeRequests Requests { get; } = new();

    public FakeFaults Faults { get; } = new();

    public FakeAccess Access { get; } = new();

    /// <summary>Watches that would notice a drop, a bookmark or a change.</summary>
    public int OpenWatches => Volatile.Read(ref _openWatches);

    public FakeObjects Leases(string space) => new(Store, FakeResource.Of("leases"), space);

    public FakeObjects Events(string space) => new(Store, FakeResource.Of("events"), space);

    /// <param name="time">Stamps and delays; null for the system's.</param>
    /// <param name="port">0 for a free one.</param>
    /// <param name="serverNames">What the certificate is good for beside 127.0.0.1.</param>
    public static async Task<FakeApiServer> StartAsync(TimeProvider? time = null, bool https = false, int port = 0, params string[] serverNames)
    {
        var certificates = https ? new FakeCertificates() : null;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = certificates is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (certificates is not null)
                listen.UseHttps(certificates.Server(serverNames), https => (https.ClientCertificateMode, https.ClientCertificateValidation) = (ClientCertificateMode.AllowCertificate, (_, _, _) => true));
        }));
        var server = new FakeApiServer(builder.Build(), time ?? TimeProvider.System, certificates);
        await server._app.StartAsync();
        server.Url = new Uri(server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    /// <summary>A kubeconfig with one context of the given name.</summary>
    public string KubeConfig(string context = "fake", string? token = null)
    {
        var authority = Certificates is null ? "" : $", certificate-authority-data: {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(Certificates.AuthorityPem))}";
        var user = token is null ? "{}" : $"{{token: \"{token}\"}}";
        return $$$"""
            apiVersion: v1
            kind: Config
            current-context: {{{context}}}
            clusters:
            - {name: {{{context}}}, cluster: {server: "{{{Url.AbsoluteUri.TrimEnd('/')}}}"{{{authority}}}}}
            users:
            - {name: {{{context}}}, user: {{{user}}}}
            contexts:
            - {name: {{{context}}}, context: {cluster: {{{context}}}, user: {{{context}}}}}
            """;
    }

    public async ValueTask DisposeAsync()
    {
        Faults.Release();
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Certificates?.Dispose();
        Faults.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var request = await ReadAsync(context.Request);
        Requests.Add(request);
        await Faults.Held;
        if (Faults.Delay > TimeSpan.Zero)
            await Task.Delay(Faults.Delay, _time, context.RequestAborted);
        if (Faults.IsDown)
        {
            context.Abort();
            return;
        }
        var fault = Faults.Take(request);
        try
        {
            if (fault is { LoseAnswer: false })
                await FailAsync(context, fault);
            else
                await AnswerAsync(context, request, fault);
        }
        catch (FakeFailure refusal)
        {
            await WriteAsync(context, refusal.Code, refusal.Status.ToJsonString());
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private async Task AnswerAsync(HttpContext context, FakeRequest request, FakeFaults.Fault? fault)
    {
        if (request.Path == "/version")
        {
            await WriteAsync(context, 200, """{"major":"1","minor":"31","gitVersion":"v1.31.0-fake"}""");
            return;
        }
        var route = request.Route ?? throw new FakeFailure(404, "NotFound", "the server could not find the requested resource");
        if (Access.Refusal(request) is { } refusal)
            throw refusal;
        if (request.Verb == "watch")
        {
            using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token, Faults.Dropped);
            var (bookmarks, _) = Faults.Bookmarks;
            Interlocked.Increment(ref _openWatches);
            try
            {
                await WatchAsync(context, request, route, bookmarks, end);
            }
            finally
            {
                Interlocked.Decrement(ref _openWatches);
            }
            return;
        }
        var (code, body) = _verbs.Answer(request, route);
        if (fault is null && !Faults.IsDown)
            await WriteAsync(context, code, body.ToJsonString());
        else
            context.Abort();
    }

    private async Task WatchAsync(HttpContext context, FakeRequest request, FakeRoute route, long bookmarks, CancellationTokenSource end)
    {
        using var lasting = new CancellationTokenSource(TimeSpan.FromSeconds(int.TryParse(request.Parameter("timeoutSeconds"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 1800), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end.Token, lasting.Token);
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync(end.Token); // As the real server: the head goes out before there is anything to say.
        var version = long.TryParse(request.Parameter("resourceVersion"), CultureInfo.InvariantCulture, out var from) ? from : long.Parse(Store.Version, CultureInfo.InvariantCulture);
        for (var opening = true; ; opening = false)
        {
            var (count, nextBookmark) = Faults.Bookmarks;
            if (Store.After(route, version, opening) is not { } news)
            {
                var gone = FakeFailure.Expired($"too old resource version: {version}").Status;
                await LineAsync(context, new JsonObject { ["type"] = "ERROR", ["object"] = gone }.ToJsonString(), end.Token);
                return;
            }
            foreach (var line in news.Lines)
                await LineAsync(context, line, end.Token);
            version = news.Version;
            if (count != bookmarks && request.Parameter("allowWatchBookmarks") == "true")
                await LineAsync(context, Bookmark(route, version), end.Token);
            bookmarks = count;
            try
            {
                await Task.WhenAny(news.Next, nextBookmark).WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!end.IsCancellationRequested)
            {
                return; // Its time is over: the stream ends in good order.
            }
        }
    }

    private static string Bookmark(FakeRoute route, long version) => new JsonObject
    {
        ["type"] = "BOOKMARK",
        ["object"] = new JsonObject
        {
            ["kind"] = route.Resource.Kind,
            ["apiVersion"] = route.ApiVersion,
            ["metadata"] = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) },
        },
    }.ToJsonString();

    private static async Task LineAsync(HttpContext context, string line, CancellationToken cancel)
    {
        await context.Response.WriteAsync(line + "\n", cancel);
        await context.Response.Body.FlushAsync(cancel);
    }

    private static async Task FailAsync(HttpContext context, FakeFaults.Fault fault)
    {
        if (fault.RetryAfter is { } wait)
            context.Response.Headers.RetryAfter = ((int)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        await WriteAsync(context, fault.Status, fault.Body ?? FakeFailure.Injected(fault.Status).Status.ToJsonString());
    }

    private static Task WriteAsync(HttpContext context, int code, string body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body);
    }

    private static async Task<FakeRequest> ReadAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = await reader.ReadToEndAsync();
        // The raw target: escaped slashes must not have become real ones.
        var path = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0];
        var query = request.QueryString.Value ?? "";
        var authorization = request.Headers.Authorization.ToString();
        var certificate = request.HttpContext.Connection.ClientCertificate?.Subject ?? "";
        return new FakeRequest(
            Verb(request.Method, FakeRoute.Parse(path)?.Name is null, query), request.Method, path, query, request.ContentType?.Split(';')[0] ?? "", Json(text),
            authorization.StartsWith("Bearer ", StringComparison.Ordinal) ? authorization[7..] : "", certificate, request.Headers.UserAgent.ToString());
    }

    private static string Verb(string method, bool collection, string query) => method switch
    {
        "GET" when query.Contains("watch=", StringComparison.Ordinal) => "watch",
        "GET" => collection ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => method,
    };

    private static JsonNode? Json(string text)
    {
        try
        {
            return text.Length == 0 ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
