namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>
/// How long a quantity stood at which level: bins 2 % wide, so that a quantile is right to 1 % of itself whatever the level, and two
/// histograms are merged by adding. At most 1,047 bins; only the range that was seen is kept.
/// </summary>
internal sealed class LevelHistogram
{
    /// <summary>A level of a bin is at most this many times its neighbour's below.</summary>
    public const double Width = 1.02;

    /// <summary>Levels below count as this one, in the quantity's base unit.</summary>
    public const double Least = 1e-3;

    /// <summary>Levels above count as this one.</summary>
    public const double Most = 1e6;

    public static readonly int Bins = (int)Math.Ceiling(Math.Log(Most / Least) / Math.Log(Width));

    private uint[] _times = [];

    /// <summary>The bin that <see cref="Times"/> begins at.</summary>
    public int First { get; private set; }

    /// <summary>Milliseconds in each bin from <see cref="First"/> on, each saturating after 49 days.</summary>
    public ReadOnlySpan<uint> Times => _times;

    public TimeSpan Total
    {
        get
        {
            long sum = 0;
            foreach (var time in _times)
                sum += time;
            return TimeSpan.FromMilliseconds(sum);
        }
    }

    /// <summary>Null when the bins are none of this kind of histogram: of a damaged file.</summary>
    public static LevelHistogram? Of(int first, uint[] times) =>
        first < 0 || times.Length > Bins || first > Bins - times.Length ? null : new LevelHistogram { First = first, _times = times };

    /// <param name="level">Any number but NaN, which is nothing to learn from.</param>
    /// <param name="time">Zero and below adds nothing.</param>
    public void Add(double level, TimeSpan time)
    {
        if (double.IsNaN(level) || time <= TimeSpan.Zero)
            return;
        Add(BinOf(level), (uint)Math.Min(Math.Round(time.TotalMilliseconds), uint.MaxValue));
    }

    public void Merge(LevelHistogram other)
    {
        for (var i = 0; i < other._times.Length; i++)
        {
            if (other._times[i] > 0)
                Add(other.First + i, other._times[i]);
        }
    }

    /// <summary>The level that was not exceeded for this share of the time; null while nothing was added.</summary>
    /// <param name="share">Above 0 to 1.</param>
    public double? Quantile(double share)
    {
        var wanted = share * Total.TotalMilliseconds;
        double reached = 0;
        for (var i = 0; i < _times.Length; i++)
        {
            reached += _times[i];
            if (_times[i] > 0 && reached >= wanted)
                return LevelOf(First + i);
        }
        return null;
    }

    private static int BinOf(double level) => (int)Math.Clamp(Math.Log(Math.Clamp(level, Least, Most) / Least) / Math.Log(Width), 0, Bins - 1);

    /// <summary>The middle of a bin, by ratio.</summary>
    private static double LevelOf(int bin) => Least * Math.Pow(Width, bin + 0.5);

    private void Add(int bin, uint time)
    {
        Reach(bin);
        ref var place = ref _times[bin - First];
        place = (uint)Math.Min((ulong)place + time, uint.MaxValue);
    }

    private void Reach(int bin)
    {
        if (_times.Length == 0)
            First = bin;
        var (first, end) = (Math.Min(First, bin), Math.Max(First + _times.Length, bin + 1));
        if (end - first == _times.Length)
            return;
        var wider = new uint[end - first];
        _times.CopyTo(wider, First - first);
        (First, _times) = (first, wider);
    }
}
