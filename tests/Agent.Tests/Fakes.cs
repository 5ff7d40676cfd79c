using System.Collections.Concurrent;
using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Tests;

/// <summary>A sensor that says what a test tells it to.</summary>
internal sealed class FakeSensor(SensorInfo info, Func<Reading> read) : ISensor
{
    public SensorInfo Info => info;

    public Reading Read() => read();
}

/// <summary>A source whose discovery is a function.</summary>
internal sealed class FakeSource(string name, Func<IReadOnlyList<ISensor>> find) : ISensorSource
{
    private int _searches;

    public string Name => name;

    public int Searches => Volatile.Read(ref _searches);

    public IReadOnlyList<Finding> Findings { get; set; } = [];

    public Discovery Discover(HostRoot root)
    {
        Interlocked.Increment(ref _searches);
        return new Discovery(find(), Findings);
    }

    /// <summary>One gauge of temperature.</summary>
    public static FakeSource Gauge(string name, Func<Reading> read) =>
        new(name, () => [new FakeSensor(Some.Info(name, "chip", "temp1", Quantity.Temperature), read)]);
}

/// <summary>Values that tests do not care about.</summary>
internal static class Some
{
    public static readonly PowerModel Model = new("test", Power.FromWatts(2), Power.FromWatts(10), 0.5);

    public static readonly PowerFallback Fallback = new(null, Model);

    public static SensorInfo Info(
        string source, string device, string name, Quantity quantity, SensorShape shape = SensorShape.Gauge, string label = "", long wrap = 0) =>
        new(source, device, name, label, quantity, shape, $"/sys/{device}/{name}", wrap);

    public static SensorInfo Zone(string label, string device, long wrap = 262_143_328_850) =>
        Info("powercap", device, "energy", Quantity.Energy, SensorShape.Counter, label, wrap);

    public static SensorInfo Utilization => Info("cpu", "cpu", "utilization", Quantity.Ratio);

    public static HostRoot Root => new("/nowhere", new PosixFiles());

    public static NodeSample Sample(Inventory? inventory = null, Reading[]? readings = null, TimeSpan monotonic = default, double joules = 0) => new()
    {
        Inventory = inventory ?? Inventory.Empty,
        Readings = readings ?? [],
        Means = new Power?[readings?.Length ?? 0],
        Power = NodePower.None,
        Energy = Energy.FromJoules(joules),
        Sources = [new SourceHealth("cpu", true, TimeSpan.FromMilliseconds(1), DateTimeOffset.UnixEpoch, 0, null)],
        Findings = [],
        Monotonic = monotonic,
        Time = DateTimeOffset.UnixEpoch,
        Self = default,
    };
}

/// <summary>Remembers what was logged.</summary>
internal sealed class ListLog : ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");
}

/// <summary>Counts meals.</summary>
internal sealed class FakeWatchdog(TimeSpan? pace) : IWatchdog
{
    private int _meals;

    public TimeSpan? Pace => pace;

    public int Meals => Volatile.Read(ref _meals);

    public void Feed(NodeSample? sample) => Interlocked.Increment(ref _meals);
}

/// <summary>Waits for what other threads bring about, without sleeping.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<bool> condition, Action? meanwhile = null)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Limit, "waited 30 s in vain");
            meanwhile?.Invoke();
            await Task.Yield();
        }
    }

    /// <summary>Moves a clock in small steps until a task ends.</summary>
    public static Task<T> EndsAsync<T>(Task<T> task, Homelab.TestKit.ManualClock clock) => clock.DriveAsync(task, TimeSpan.FromMilliseconds(50));
}
