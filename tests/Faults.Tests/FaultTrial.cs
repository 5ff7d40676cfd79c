using System.Globalization;
using System.Text.Json;
using Homelab.EndToEnd.Tests;
using Homelab.RecordedHosts;
using Homelab.Units;
using Xunit.Abstractions;

namespace Homelab.Faults.Tests;

/// <summary>One fault against a fleet that is held: from a while before it to the end everything that flows is judged.</summary>
/// <remarks>The story of demand runs four times as fast as in the budget run, so that watts move between nodes all the time.</remarks>
internal sealed class FaultTrial : IAsyncDisposable
{
    private const double Speed = 4;
    private static readonly TimeSpan Tail = TimeSpan.FromMilliseconds(200);

    private readonly string _name;
    private readonly ITestOutputHelper _output;
    private readonly TimeSpan _from;
    private readonly Power _guard;

    private FaultTrial(string name, CappedFleet fleet, Power guard, ITestOutputHelper output) =>
        (_name, Fleet, _guard, _output, _from) = (name, fleet, guard, output, CappedFleet.Now);

    public CappedFleet Fleet { get; }

    /// <summary>Until every node that must was at or below its safe share; null when the fault asks for no such thing.</summary>
    public TimeSpan? SafeWithin { get; set; }

    /// <summary>From the end of the fault until every node was held again; null when there was nothing to recover from.</summary>
    public TimeSpan? RecoveredWithin { get; set; }

    /// <summary>A fleet that is held, some seconds of bursts after its start. The name is a row of the table; <paramref name="prepare"/> starts
    /// the programs where that takes more than usual.</summary>
    public static async Task<FaultTrial> StartAsync(string name, int seed, ITestOutputHelper output, Func<CappedFleet, Task>? prepare = null)
    {
        var fleet = new CappedFleet();
        try
        {
            if (prepare is null)
                await fleet.StartAsync(seed, Speed);
            else
            {
                await fleet.StartPlantAsync(seed, Speed);
                await prepare(fleet);
                await fleet.AllHeldAsync(fleet.First);
            }
            await CappedFleet.PassAsync(5);
            var trial = new FaultTrial(name, fleet, await fleet.GuardAsync(fleet.First), output);
            await CappedFleet.PassAsync(5);
            return trial;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes the aggregator away from nodes and gives it back: they must come down to their safe shares and be held again in time.</summary>
    /// <param name="begin">Takes it away.</param>
    /// <param name="seconds">How long the outage lasts.</param>
    /// <param name="end">Gives it back.</param>
    /// <param name="after">How long the fleet is judged once every node is held again.</param>
    /// <param name="falls">The nodes that must come down; null: all.</param>
    public async Task OutageAsync(Func<Task> begin, double seconds, Action end, double after, Func<string, bool>? falls = null)
    {
        var shares = await Fleet.SafeSharesAsync(Fleet.First);
        var begun = CappedFleet.Now;
        await begin();
        await CappedFleet.PassAsync(seconds);
        var descent = Fleet.DownSince(begun, shares.Where(share => falls is null || falls(share.Key)).ToDictionary());
        SafeWithin = descent.After;
        end();
        RecoveredWithin = await Fleet.AllHeldAsync(Fleet.First);
        await CappedFleet.PassAsync(after);

        Conclude();
        Assert.True(descent.After <= Bounds.Safe, $"{descent}");
        Assert.InRange(RecoveredWithin.Value, TimeSpan.Zero, Bounds.Recovery);
    }

    /// <summary>The same for what begins at once.</summary>
    public Task OutageAsync(Action begin, double seconds, Action end, double after, Func<string, bool>? falls = null)
    {
        return OutageAsync(BeginAsync, seconds, end, after, falls);

        Task BeginAsync()
        {
            begin();
            return Task.CompletedTask;
        }
    }

    /// <summary>Judges all that flowed until now, writes the figures down, and fails when the fleet was above its budget and guard.</summary>
    public void Conclude(TimeSpan? until = null)
    {
        var verdict = Verdict.Of(Fleet.Truth(_from, until ?? (CappedFleet.Now - Tail)), CappedFleet.Budget, _guard);
        Write(verdict);
        Assert.True(verdict.WantedAbove > TimeSpan.Zero, $"{_name}: the fleet never wanted more than its budget, so nothing was proven");
        Assert.True(verdict.AboveGuard == TimeSpan.Zero,
            $"{_name}: {verdict.AboveGuard.TotalSeconds:F2} s above {CappedFleet.Budget} and its guard of {_guard}, at most {verdict.Highest}\n{Fleet.Everything}");
    }

    public ValueTask DisposeAsync() => Fleet.DisposeAsync();

    private void Write(Verdict verdict)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Published.Root, "out/faults")).FullName;
        File.WriteAllText(Path.Combine(folder, _name.Replace(' ', '-') + ".log"), Fleet.Record);
        using var file = File.Create(Path.Combine(folder, _name.Replace(' ', '-') + ".json"));
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("fault", _name);
        Number(json, "judgedSeconds", verdict.Judged.TotalSeconds);
        Number(json, "budgetWatts", CappedFleet.Budget.Watts);
        Number(json, "guardWatts", _guard.Watts);
        Number(json, "highestWatts", verdict.Highest.Watts);
        Number(json, "highestWantedWatts", verdict.HighestWanted.Watts);
        Number(json, "aboveBudgetSeconds", verdict.AboveBudget.TotalSeconds);
        Number(json, "aboveGuardSeconds", verdict.AboveGuard.TotalSeconds);
        Number(json, "worstEventJoules", verdict.WorstEvent.Joules);
        Number(json, "safeWithinSeconds", SafeWithin?.TotalSeconds);
        Number(json, "recoveredWithinSeconds", RecoveredWithin?.TotalSeconds);
        json.WriteEndObject();
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{_name}: highest {verdict.Highest.Watts:F1} W, above the budget {verdict.AboveBudget.TotalSeconds:F2} s, safe within {SafeWithin?.TotalSeconds:F1} s, recovered within {RecoveredWithin?.TotalSeconds:F1} s"));
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, Math.Round(number, 3));
        else
            json.WriteNull(name);
    }
}
