using System.Globalization;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Enforcement;
using Homelab.NodeAgent.Sampling;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Enforcement;

/// <summary>A machine with one processor package that RAPL holds, at 45 W as it comes, and a state folder: real files, built for a test.</summary>
internal sealed class RaplMachine : IDisposable
{
    public const string Zone = "/sys/devices/virtual/powercap/intel-rapl/intel-rapl:0/";
    public const string Limit = Zone + "constraint_0_power_limit_uw";

    /// <param name="more">Further files, as in <see cref="FixtureHost.Of"/>.</param>
    public RaplMachine(params (string Path, string Text)[] more) => Host = FixtureHost.Of([
        ("/sys/class/powercap/intel-rapl:0", "-> ../../devices/virtual/powercap/intel-rapl/intel-rapl:0"),
        (Zone + "name", "package-0\n"),
        (Zone + "enabled", "1\n"),
        (Zone + "constraint_0_name", "long_term\n"),
        (Limit, "45000000\n"),
        (Zone + "constraint_0_max_power_uw", "45000000\n"),
        .. more]);

    public FixtureHost Host { get; }

    public string State { get; } = Directory.CreateTempSubdirectory("agent-state-").FullName;

    public ListLog Log { get; } = new();

    /// <summary>The long-term limit in microwatts.</summary>
    public long Held => long.Parse(Read(Limit), CultureInfo.InvariantCulture);

    public string Read(string path) => File.ReadAllText(Host.Locate(path)).Trim();

    /// <summary>Enforcement as an agent opens it; its clock stands still.</summary>
    public CapControl Open(bool enforces = true, string? folder = null) => CapControl.Open(
        new AgentOptions { Enforces = enforces, StatePath = folder ?? State }, Host.Root, Some.Model, new SnapshotStore(), new MonotonicClock(new ManualClock()), Log);

    /// <summary>The first grant that the agent takes.</summary>
    public static async Task GrantAsync(CapControl caps, double watts, double safe)
    {
        await caps.Loop!.LookAroundAsync();
        caps.Board.Offer(Caps.Offer(1, 1, watts, TimeSpan.Zero, safe));
        await caps.Loop.StepAsync();
    }

    public void Dispose()
    {
        Host.Dispose();
        Directory.Delete(State, recursive: true);
    }
}
