using System.Security.Cryptography;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Dashboard;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Kubernetes;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Prometheus;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Homelab.Aggregator;

/// <summary>Puts the server together: storage → fleet → ingest and the adapters, on one listener for people and one for agents.</summary>
internal static class AggregatorHost
{
    private const string AgentListener = "homelab.agents";

    /// <param name="storage">The host does not dispose of it.</param>
    /// <param name="candidacy">The election to stand in; null for an aggregator that is alone. The host does not dispose of its client.</param>
    public static WebApplication Build(
        AggregatorOptions options, AggregatorStorage storage, TimeProvider time, Action<ILoggingBuilder>? logging = null, Candidacy? candidacy = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        ConfigureLogs(builder.Logging, logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        var (people, agents) = (TlsFiles.Load(options, asksForClients: false), TlsFiles.Load(options, asksForClients: true));
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => Listen(kestrel, options, people, agents));
        AddFleet(builder.Services, options, storage, time);
        AddLeadership(builder.Services, candidacy, time);
        AddControl(builder.Services, options, storage, time);
        AddIngest(builder.Services, options, time);
        AddKubernetes(builder.Services, options, time);
        var app = builder.Build();
        UseGuards(app, options);
        MapAgents(app);
        MapPeople(app, options, time);
        return app;
    }

    /// <summary>The addresses bound, people's then agents'; they differ from the options where those say port 0.</summary>
    public static (Uri Http, Uri Grpc) Addresses(WebApplication app) => (new Uri(app.Urls.First()), new Uri(app.Urls.Last()));

    private static void ConfigureLogs(ILoggingBuilder logs, Action<ILoggingBuilder>? logging)
    {
        logs.ClearProviders();
        logs.AddFilter("Microsoft", LogLevel.Warning);
        // Failing to start is told once, by the caller.
        logs.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        logging?.Invoke(logs);
    }

    private static void Listen(KestrelServerOptions kestrel, AggregatorOptions options, HttpsConnectionAdapterOptions? people, HttpsConnectionAdapterOptions? agents)
    {
        KestrelRpc.Configure(kestrel);
        kestrel.Limits.MaxRequestLineSize = 4096;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
        kestrel.Listen(options.Http.Address, options.Http.Port, listen =>
        {
            listen.Protocols = people is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            if (people is not null)
                listen.UseHttps(people);
        });
        kestrel.Listen(options.Grpc.Address, options.Grpc.Port, listen =>
        {
            KestrelRpc.Configure(listen, agents);
            listen.Use(next => connection =>
            {
                connection.Items[AgentListener] = true;
                return next(connection);
            });
        });
    }

    private static void AddFleet(IServiceCollection services, AggregatorOptions options, AggregatorStorage storage, TimeProvider time)
    {
        services.AddSingleton(time).AddSingleton(options).AddSingleton<FleetEvents>().AddSingleton(new SelfFacts(time, storage.Folder));
        services.AddSingleton(new EnergyLedgerFile(storage.Energy)).AddSingleton(new LevelsFile(storage.Levels));
        services.AddSingleton(provider =>
        {
            var recovery = provider.GetRequiredService<EnergyLedgerFile>().Open();
            if (recovery.Damage.Length > 0)
                Fleet.Log.StorageDamaged(provider.GetRequiredService<ILogger<EnergyLedgerFile>>(), recovery.Damage);
            var learned = provider.GetRequiredService<LevelsFile>().Open();
            if (learned.Damage.Length > 0)
                Fleet.Log.StorageDamaged(provider.GetRequiredService<ILogger<LevelsFile>>(), learned.Damage);
            return new FleetRoster(new FleetRules(new(options.Budget, options.WarnAt), options.ReportInterval) { Hosts = options.Hosts }, recovery.Ledger, learned.Levels);
        });
        services.AddSingleton(provider => new FleetStore(provider.GetRequiredService<FleetRoster>().Publish(Moment.Of(time))));
        // Stopped in reverse: the fleet's loop makes its last offers before the others' loops store them.
        services.AddSingleton<LevelsLoop>().AddHostedService(provider => provider.GetRequiredService<LevelsLoop>());
        services.AddSingleton<LedgerLoop>().AddHostedService(provider => provider.GetRequiredService<LedgerLoop>());
        services.AddSingleton<FleetLoop>().AddHostedService(provider => provider.GetRequiredService<FleetLoop>());
    }

    /// <summary>Before the control loop, and so stopped after it: the lease is handed back when nothing is granted or stored under it any more.</summary>
    private static void AddLeadership(IServiceCollection services, Candidacy? candidacy, TimeProvider time)
    {
        if (candidacy is null)
        {
            services.AddSingleton<ILeadership, SoleLeadership>();
            return;
        }
        services.AddSingleton(provider => new LeaseLeadership(candidacy, time, provider.GetRequiredService<ILogger<LeaseLeadership>>()));
        services.AddSingleton<ILeadership>(provider => provider.GetRequiredService<LeaseLeadership>());
        services.AddHostedService(provider => provider.GetRequiredService<LeaseLeadership>());
    }

    /// <summary>Stopped in reverse: the loop first, then those that store what it left behind.</summary>
    private static void AddControl(IServiceCollection services, AggregatorOptions options, AggregatorStorage storage, TimeProvider time)
    {
        services.AddSingleton<ControlInbox>().AddSingleton<GrantMailboxes>().AddSingleton(new ControlFile(storage.Control)).AddSingleton(new DecisionFiles(storage.Folder));
        services.AddSingleton<ControlStoreLoop>().AddHostedService(provider => provider.GetRequiredService<ControlStoreLoop>());
        services.AddSingleton<DecisionLog>().AddHostedService(provider => provider.GetRequiredService<DecisionLog>());
        services.AddSingleton<IDecisionHistory>(provider => provider.GetRequiredService<DecisionLog>());
        services.AddSingleton(provider =>
        {
            var logger = provider.GetRequiredService<ILogger<ControlDesk>>();
            var recovery = provider.GetRequiredService<ControlFile>().Open();
            if (recovery.Damage.Length > 0)
                Control.Log.StorageDamaged(logger, recovery.Damage);
            return new DeskOffice(options.Control(), recovery.Stored, static () => (uint)RandomNumberGenerator.GetInt32(int.MaxValue), time, logger);
        });
        services.AddSingleton<ControlLoop>().AddHostedService(provider => provider.GetRequiredService<ControlLoop>());
        services.AddSingleton<IOrderDesk>(provider => provider.GetRequiredService<ControlLoop>());
    }

    private static void AddKubernetes(IServiceCollection services, AggregatorOptions options, TimeProvider time)
    {
        services.AddSingleton<ClustersStore>();
        if (!options.Kubernetes.Enabled)
            return;
        services.AddSingleton(provider =>
        {
            var policy = ClusterPlan.Policy(options.Kubernetes);
            var logger = provider.GetRequiredService<ILogger<ClusterLink>>();
            var leadership = provider.GetRequiredService<ILeadership>();
            var plans = ClusterPlan.Of(options.Kubernetes, Environment.GetEnvironmentVariable, time);
            return new LabelLoop(
                [.. plans.Select(plan => new ClusterLink(plan, new ClusterLinkOptions { Prefix = policy.Prefix }, leadership, time, NextShare, logger))], policy, options,
                provider.GetRequiredService<FleetStore>(), provider.GetRequiredService<ClustersStore>(), leadership, time, provider.GetRequiredService<ILogger<LabelLoop>>());
        });
        services.AddHostedService(provider => provider.GetRequiredService<LabelLoop>());
    }

    /// <summary>From 0 to less than 1, from any thread.</summary>
    public static double NextShare() => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);

    private static void AddIngest(IServiceCollection services, AggregatorOptions options, TimeProvider time)
    {
        services.AddSingleton(new NodeClaims(options.ReportInterval, time));
        services.AddSingleton(provider => new IngestRoom(
            provider.GetRequiredService<FleetEvents>(), provider.GetRequiredService<FleetStore>(), provider.GetRequiredService<NodeClaims>(),
            provider.GetRequiredService<ControlInbox>(), provider.GetRequiredService<GrantMailboxes>(),
            provider.GetRequiredService<ILeadership>(), new ReportPace(options.ReportInterval, options.Mode),
            SelfFacts.Version, time, provider.GetRequiredService<ILogger<IngestRoom>>()));
        services.AddRpc(rpc => rpc.TimeProvider = time);
    }

    private static void UseGuards(WebApplication app, AggregatorOptions options)
    {
        var guard = new HostGuard(options.AllowedHosts, Environment.MachineName);
        app.Use(async (HttpContext context, RequestDelegate next) =>
        {
            var isAgents = context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(AgentListener) == true;
            var isGrpc = context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;
            if (isAgents != isGrpc)
                await Problem.WriteAsync(context, StatusCodes.Status404NotFound, "Not found", isAgents ? "This port is for agents (gRPC); the page is on listen.http." : "Agents dial listen.grpc.");
            else if (isAgents)
                await next(context);
            else
                await SecurityHeaders.AddAsync(context, guarded => guard.CheckAsync(guarded, next));
        });
        // After the guards: the endpoints must not be reached around them.
        app.UseRouting();
    }

    private static void MapAgents(WebApplication app)
    {
        var room = app.Services.GetRequiredService<IngestRoom>();
        var health = new HealthState();
        var leadership = app.Services.GetRequiredService<ILeadership>();
        // A balancer that asks finds the leader by it.
        leadership.Changed += () => health.Set(WireMap.Connect.Service, leadership.Term is not null);
        health.Set(WireMap.Connect.Service, leadership.Term is not null);
        app.Lifetime.ApplicationStopping.Register(health.Drain);
        app.MapRpcDuplex(WireMap.Connect, (reader, writer, context) => new NodeStream(room, reader, writer, context).RunAsync());
        app.MapRpcHealth(health);
        app.MapRpcFallback();
    }

    private static void MapPeople(WebApplication app, AggregatorOptions options, TimeProvider time)
    {
        var fleet = app.Services.GetRequiredService<FleetStore>();
        var loop = app.Services.GetRequiredService<FleetLoop>();
        var control = app.Services.GetRequiredService<ControlLoop>();
        var clusters = app.Services.GetRequiredService<ClustersStore>();
        var leadership = app.Services.GetRequiredService<ILeadership>();
        var json = new FleetJson(options.Mode);
        var api = new ApiEndpoints(fleet, json);
        var health = new ProbeEndpoints(fleet, () => loop.Silence, () => control.Silence, () => leadership.View, app.Lifetime);
        app.MapGet("/api/v1/fleet", api.FleetAsync);
        app.MapGet("/api/v1/nodes", api.NodesAsync);
        app.MapGet("/api/v1/nodes/{name}", api.NodeAsync);
        app.MapGet("/api/v1/events", new EventStream(fleet, json, time, app.Lifetime).ServeAsync);
        var budget = new BudgetEndpoints(fleet, app.Services.GetRequiredService<IDecisionHistory>(), time);
        app.MapGet("/api/v1/budget", budget.BudgetAsync);
        app.MapGet("/api/v1/kubernetes", new KubernetesEndpoints(clusters, time).KubernetesAsync);
        app.MapGet("/api/v1/decisions", budget.DecisionsAsync);
        MapOrders(app, new OrderEndpoints(fleet, app.Services.GetRequiredService<IOrderDesk>(), new OrderGuard(OrderToken.Load(options.TokenFile))));
        app.MapGet("/metrics", new MetricsEndpoint(fleet, clusters, app.Services.GetRequiredService<SelfFacts>(), options.Compatibility).ServeAsync);
        app.MapGet("/livez", health.LiveAsync);
        app.MapGet("/readyz", health.ReadyAsync);
        app.MapGet("/healthz", health.ReadyAsync);
        app.MapGet("/leadz", health.LeadsAsync);
        app.MapFallback("{**path}", new PageFiles(typeof(AggregatorHost).Assembly).ServeAsync);
    }

    private static void MapOrders(WebApplication app, OrderEndpoints orders)
    {
        app.MapPost("/api/v1/budget/override", orders.SetOverrideAsync);
        app.MapDelete("/api/v1/budget/override", orders.ClearOverrideAsync);
        app.MapPost("/api/v1/budget/mode", orders.SwitchModeAsync);
        app.MapPost("/api/v1/budget/supply", orders.SetSupplyAsync);
        app.MapPost("/api/v1/budget/meter", orders.TakeMeterAsync);
        app.MapPost("/api/v1/nodes/{name}/forget", orders.ForgetAsync);
    }
}
