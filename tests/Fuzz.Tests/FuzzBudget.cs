using System.Globalization;

namespace Homelab.Fuzz;

/// <summary>How much is tried: the same few rounds in each <c>make test</c>, and for as long as it is told, from a new seed, in <c>make fuzz</c>.</summary>
internal sealed class FuzzBudget
{
    private readonly int _first;
    private readonly int _rounds;
    private readonly TimeSpan? _time;

    /// <param name="rounds">Where no time is given.</param>
    public FuzzBudget(int rounds)
    {
        // HOMELAB_FUZZ_SEED=N alone tries exactly that round again.
        var seed = Environment.GetEnvironmentVariable("HOMELAB_FUZZ_SEED");
        var seconds = Environment.GetEnvironmentVariable("HOMELAB_FUZZ_SECONDS");
        if (seconds is not null)
            (_first, _time) = (seed is null ? Environment.ProcessId * 1000 : int.Parse(seed, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)));
        else
            (_first, _rounds) = seed is null ? (1, rounds) : (int.Parse(seed, CultureInfo.InvariantCulture), 1);
    }

    /// <summary>One seed after the other, until the rounds or the time are used up.</summary>
    public IEnumerable<int> Seeds()
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var round = 0; _time is { } time ? TimeProvider.System.GetElapsedTime(start) < time : round < _rounds; round++)
            yield return _first + round;
    }
}
