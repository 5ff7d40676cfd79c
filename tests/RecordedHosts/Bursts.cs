namespace Homelab.RecordedHosts;

/// <summary>Work that comes in bursts, most of them on many machines at once: what makes a fleet pass its budget.</summary>
/// <remarks>
/// Each machine is idle for 30 s and busy for 40 s on average, both exponential. About every 150 s the whole fleet is called upon, and each idle machine
/// joins with a chance of 80 %. Fleet-wide moments follow from the seed alone, so that every machine of one seed hears the same call.
/// </remarks>
internal sealed class Bursts : IDemand
{
    private const double JoinChance = 0.8;
    private const double Noise = 0.03;
    private static readonly TimeSpan NoiseStep = TimeSpan.FromMilliseconds(50);

    private readonly ulong _key;
    private readonly Dice _own;
    private readonly Dice _fleet;
    private readonly List<(TimeSpan From, double Level)> _story = [];
    private TimeSpan _until;
    private TimeSpan _call;
    private bool _busy;

    /// <summary>The story of one machine.</summary>
    public Bursts(int seed, string name)
    {
        _key = Dice.Key(seed, name);
        _own = new Dice(_key);
        _fleet = new Dice(Dice.Key(seed, ""));
        _call = TimeSpan.FromSeconds(_fleet.Wait(60));
        _story.Add((TimeSpan.Zero, Quiet()));
        _until = TimeSpan.FromSeconds(_own.Wait(20));
    }

    public double At(TimeSpan time)
    {
        while (Next <= time)
            Turn();
        var level = _story[Find(time)].Level;
        // The sum of three even numbers is near enough to a bell.
        var index = (ulong)(time / NoiseStep) * 4;
        var bell = Dice.Share(~_key, index) + Dice.Share(~_key, index + 1) + Dice.Share(~_key, index + 2) - 1.5;
        return Math.Clamp(level * (1 + Noise * 2 * bell), 0, 1);
    }

    private TimeSpan Next => _call < _until ? _call : _until;

    private void Turn()
    {
        var now = Next;
        if (_call < _until)
        {
            _call = now + TimeSpan.FromSeconds(_fleet.Wait(150));
            if (_busy || _own.Next() >= JoinChance)
                return;
        }
        _busy = !_busy;
        _story.Add((now, _busy ? 0.55 + 0.45 * _own.Next() : Quiet()));
        _until = now + TimeSpan.FromSeconds(_own.Wait(_busy ? 40 : 30));
    }

    private double Quiet() => 0.02 + 0.08 * _own.Next();

    // Time nearly always moves on: the last chapters are looked at first.
    private int Find(TimeSpan time)
    {
        var i = _story.Count - 1;
        while (_story[i].From > time)
            i--;
        return i;
    }
}
