using System.Globalization;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>An <c>energy_uj</c> that counts a share of the machine's energy and never steps back.</summary>
internal sealed class CounterFile(string path, Counter counter, double share) : IDisposable
{
    private readonly MovingText _file = new(path);
    private long _most;

    public void Show(Energy used)
    {
        _most = Math.Max(_most, (long)(used.Microjoules * share));
        _file.Show(counter.After(new Energy(_most)).Microjoules.ToString(CultureInfo.InvariantCulture));
    }

    public void Dispose() => _file.Dispose();
}
