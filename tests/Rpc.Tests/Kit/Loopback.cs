using System.Net;
using Google.Protobuf.WellKnownTypes;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.Rpc.Tests;

/// <summary>A Kestrel on 127.0.0.1 and a free port, and what tests say to it.</summary>
internal sealed class Loopback : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>The method most tests call: text there and back, in any shape.</summary>
    public static readonly RpcMethod<StringValue, StringValue> Echo = new("test.Echo", "Echo", StringValue.Parser, StringValue.Parser);

    private Loopback(WebApplication app, string scheme)
    {
        App = app;
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Address = new Uri($"{scheme}://localhost:{bound.Port}");
    }

    public WebApplication App { get; }

    public Uri Address { get; }

    public static async Task<Loopback> StartAsync(
        Action<IEndpointRouteBuilder> map,
        Action<RpcServerOptions>? options = null,
        Action<KestrelServerOptions>? kestrel = null,
        HttpsConnectionAdapterOptions? tls = null,
        ILoggerProvider? log = null,
        bool ownPort = true,
        Action<HttpContext>? onRequest = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (log is not null)
            builder.Logging.AddProvider(log);
        builder.Services.AddRpc(options);
        if (tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server =>
        {
            KestrelRpc.Configure(server);
            kestrel?.Invoke(server);
            if (ownPort)
                server.Listen(IPAddress.Loopback, 0, listen => KestrelRpc.Configure(listen, tls));
        });
        var app = builder.Build();
        if (onRequest is not null)
            app.Use((http, next) =>
            {
                onRequest(http);
                return next(http);
            });
        map(app);
        await app.StartAsync();
        return new Loopback(app, tls is null ? "http" : "https");
    }

    public RpcChannel Connect(TimeProvider? time = null, int maxReceiveBytes = 4 * 1024 * 1024) =>
        new(new RpcChannelOptions { Address = Address, TimeProvider = time ?? TimeProvider.System, MaxReceiveBytes = maxReceiveBytes });

    public ValueTask DisposeAsync() => App.DisposeAsync();

    public static StringValue Text(string text) => new() { Value = text };

    /// <summary>The status that ends a call which must not end well.</summary>
    public static async Task<RpcException> FailsAsync<T>(Task<T> call) => await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(Limit));

    public static Task<RpcException> FailsAsync<T>(ValueTask<T> call) => FailsAsync(call.AsTask());
}
