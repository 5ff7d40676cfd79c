using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Orders;
using Homelab.Rpc;
using Homelab.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>The real server on ports of the system's choice, with a memory for a disk and a clock that the test moves.</summary>
internal sealed class RunningAggregator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly bool _ownsFolder;
    private bool _isDisposed;

    private RunningAggregator(WebApplication app, ManualClock time, MemorySlots slots, MemorySlots control, string folder, bool ownsFolder, RecordedLog log)
    {
        (_app, Time, Slots, Control, Folder, _ownsFolder, Log) = (app, time, slots, control, folder, ownsFolder, log);
        (Http, Grpc) = AggregatorHost.Addresses(app);
        Leadership = app.Services.GetRequiredService<ILeadership>();
        Client = new HttpClient(new SocketsHttpHandler()) { BaseAddress = Http };
    }

    public ManualClock Time { get; }

    public MemorySlots Slots { get; }

    /// <summary>Where the control loop's memory is.</summary>
    public MemorySlots Control { get; }

    /// <summary>Where the decision log is.</summary>
    public string Folder { get; }

    public RecordedLog Log { get; }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public HttpClient Client { get; }

    public FleetStore Fleet => _app.Services.GetRequiredService<FleetStore>();

    /// <summary>Readable also when the server is gone.</summary>
    public ILeadership Leadership { get; }

    public IOrderDesk Orders => _app.Services.GetRequiredService<IOrderDesk>();

    public IDecisionHistory History => _app.Services.GetRequiredService<IDecisionHistory>();

    /// <summary>Starts it; the server sees another clock than the test's where <paramref name="seen"/> is one.</summary>
    public static async Task<RunningAggregator> StartAsync(
        AggregatorOptions? options = null, MemorySlots? slots = null, ManualClock? time = null, MemorySlots? control = null, string? folder = null,
        Candidacy? candidacy = null, TimeProvider? seen = null)
    {
        slots ??= new MemorySlots();
        control ??= new MemorySlots();
        var storage = new AggregatorStorage(slots, control, folder ?? Directory.CreateTempSubdirectory("homelab-").FullName);
        time ??= Sample.Clock();
        var log = new RecordedLog();
        var any = ListenAddress.TryParse("127.0.0.1:0")!;
        var app = AggregatorHost.Build((options ?? new AggregatorOptions()) with { Http = any, Grpc = any }, storage, seen ?? time, logs => logs.AddProvider(log), candidacy);
        await app.StartAsync();
        return new RunningAggregator(app, time, slots, control, storage.Folder, folder is null, log);
    }

    public RpcChannel Dial() => new(new RpcChannelOptions { Address = Grpc });

    /// <summary>Lets clock ticks pass until a snapshot is as wanted. The clock moves a second only when <paramref name="ticks"/>.</summary>
    public Task<FleetSnapshot> UntilAsync(Func<FleetSnapshot, bool> wanted, bool ticks = false) => UntilAsync(wanted, static _ => Task.CompletedTask, ticks);

    /// <summary>As above, with the nodes speaking before each tick; they are told which it is, from 1 on.</summary>
    public async Task<FleetSnapshot> UntilAsync(Func<FleetSnapshot, bool> wanted, Func<ulong, Task> speak, bool ticks = true)
    {
        var (snapshot, began) = (Fleet.Current, TimeProvider.System.GetTimestamp());
        for (ulong tick = 1; !wanted(snapshot); tick++)
        {
            // Snapshots come with every tick: that they come says nothing about whether what is wanted ever will.
            Assert.True(TimeProvider.System.GetElapsedTime(began) < Patience.Bound, $"no snapshot of {tick - 1} was as wanted");
            await speak(tick);
            if (ticks)
                Time.Advance(TimeSpan.FromSeconds(1));
            snapshot = await Fleet.NewerThan(snapshot.Version, default).InTime();
        }
        return snapshot;
    }

    /// <summary>Begins the drain; the task ends when the server has stopped.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        Client.Dispose();
        await _app.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Log lines, as they would be read.</summary>
internal sealed class RecordedLog : ILoggerProvider, ILogger
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_lock)
            _lines.Add($"{logLevel} {eventId.Id} {formatter(state, exception)}");
    }

    public void Dispose()
    {
    }
}
