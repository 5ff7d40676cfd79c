using System.Globalization;
using System.Text;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>What really flowed, for judging: one line per machine and move, and one for what no agent reports.</summary>
/// <remarks>
/// <c>seconds</c> is the system's monotonic clock; <c>limit_watts</c> is the most that the machine would draw under the limits in force, however
/// much it were asked to do; <c>demand_watts</c> what it would draw with no limit and no heat.
/// </remarks>
internal sealed class TruthLog : IDisposable
{
    public const string Header = "seconds,node,watts,limit_watts,demand_watts";

    /// <summary>The name of what draws power beside the machines: a switch, disks, a supply's own losses.</summary>
    public const string Unmanaged = "unmanaged";

    private readonly StreamWriter _file;
    private readonly Power _unmanaged;

    public TruthLog(string path, Power unmanaged)
    {
        _file = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        _unmanaged = unmanaged;
        _file.WriteLine(Header);
    }

    /// <summary>Writes one moment; whoever reads the file finds whole moments only.</summary>
    public void Write(TimeSpan moment, IReadOnlyList<ReplayedHost> hosts)
    {
        foreach (var host in hosts)
            Line(moment, host.Name, host.State.Power, host.State.Ceiling, host.State.Wanted);
        if (_unmanaged > Power.Zero)
            Line(moment, Unmanaged, _unmanaged, _unmanaged, _unmanaged);
        _file.Flush();
    }

    public void Dispose() => _file.Dispose();

    private void Line(TimeSpan moment, string node, Power power, Power ceiling, Power wanted) => _file.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{moment.TotalSeconds:F3},{node},{power.Watts:F3},{ceiling.Watts:F3},{wanted.Watts:F3}"));
}
