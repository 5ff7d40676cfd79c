using Homelab.Aggregator.Simulation.Fleets;
using Homelab.Aggregator.Simulation.Plants;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation;

/// <summary>Shipped scenarios, cut short.</summary>
internal static class Fixture
{
    public static Scenario Bundled(string name, int seconds) => BundledScenarios.Find(name)!.Scenario! with { Duration = TimeSpan.FromSeconds(seconds) };

    public static ScenarioFile Parse(string text) => ScenarioFile.Parse("s.yaml", text, name => name == "demand.csv" ? "time,share\n0,0\n10,1\n" : throw new FileNotFoundException(name));
}

/// <summary>Sums of draws and caps as they go by.</summary>
internal sealed class ShareRecorder(Scenario scenario) : IRunRecorder
{
    private readonly double[] _drawn = new double[scenario.Nodes.Length];
    private readonly double[] _wanted = new double[scenario.Nodes.Length];
    private readonly List<double> _caps = [];
    private readonly Dictionary<string, double> _highest = [];

    /// <summary>Draw above idle by demand above idle.</summary>
    public double Share(int node) => _drawn[node] / _wanted[node];

    /// <summary>Most that the caps of the nodes of one name ever came to.</summary>
    public double HighestCaps(string name) => _highest[name];

    /// <summary>Σ of caps, by step.</summary>
    public IReadOnlyList<double> Caps => _caps;

    public void Record(int step, Plant plant, IFleet fleet)
    {
        var sums = new Dictionary<string, double>();
        for (var i = 0; i < _drawn.Length; i++)
        {
            _drawn[i] += plant.Draw[i] - scenario.Nodes[i].Idle.Watts;
            _wanted[i] += plant.Wanted[i] - scenario.Nodes[i].Idle.Watts;
            var name = scenario.Nodes[i].Name.Value.Split('-')[0];
            sums[name] = sums.GetValueOrDefault(name) + (fleet.Cap(i)?.Watts ?? scenario.Nodes[i].Ceiling.Watts);
        }
        foreach (var (name, sum) in sums)
            _highest[name] = Math.Max(_highest.GetValueOrDefault(name), sum);
        _caps.Add(sums.Values.Sum());
    }
}
