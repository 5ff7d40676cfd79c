using System.Collections.Immutable;
using System.Globalization;
using Homelab.Units;

namespace Homelab.RecordedHosts;

/// <summary>What one machine did at one moment.</summary>
/// <param name="Watts">What it really drew.</param>
/// <param name="Limit">The most it would have drawn under the limits then in force.</param>
/// <param name="Wanted">What it would have drawn with no limit.</param>
internal readonly record struct TruthPoint(Power Watts, Power Limit, Power Wanted);

/// <summary>One moment of the whole fleet: a point per machine, in the order of <see cref="Truth.Nodes"/>.</summary>
internal sealed record TruthMoment(TimeSpan At, ImmutableArray<TruthPoint> Points)
{
    public Power Watts { get; } = new(Points.Sum(point => point.Watts.Microwatts));

    public Power Limit { get; } = new(Points.Sum(point => point.Limit.Microwatts));

    public Power Wanted { get; } = new(Points.Sum(point => point.Wanted.Microwatts));
}

/// <summary>A <see cref="TruthLog"/> read back.</summary>
internal sealed record Truth(ImmutableArray<string> Nodes, ImmutableArray<TruthMoment> Moments)
{
    /// <summary>Reads whole moments; a last line that is still being written is left out.</summary>
    /// <exception cref="ReplayException">This is no truth log.</exception>
    public static Truth Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        return Parse(reader.ReadToEnd(), path);
    }

    internal static Truth Parse(string text, string path)
    {
        var lines = text.Split('\n');
        if (lines[0].Trim() != TruthLog.Header)
            throw new ReplayException($"{path} is no truth log: its first line is not '{TruthLog.Header}'");
        var nodes = new List<string>();
        var moments = ImmutableArray.CreateBuilder<TruthMoment>();
        var points = new List<TruthPoint>();
        var (seconds, known) = ("", false);
        // What follows the last line end is empty or incomplete.
        foreach (var words in lines[1..^1].Select(line => line.Split(',')).Append([]))
        {
            if (points.Count > 0 && (words.Length == 0 || words[0] != seconds))
            {
                if (points.Count == nodes.Count || !known)
                    moments.Add(new TruthMoment(TimeSpan.FromSeconds(Number(seconds)), [.. points]));
                known = true;
                points.Clear();
            }
            if (words.Length != 5)
                continue;
            seconds = words[0];
            if (!known)
                nodes.Add(words[1]);
            points.Add(new TruthPoint(Watts(words[2]), Watts(words[3]), Watts(words[4])));
        }
        return new Truth([.. nodes], moments.ToImmutable());
    }

    /// <summary>The moments from one time to another, both included.</summary>
    public Truth Between(TimeSpan from, TimeSpan until) => this with { Moments = [.. Moments.Where(moment => moment.At >= from && moment.At <= until)] };

    private static Power Watts(string word) => Power.FromWatts(Number(word));

    private static double Number(string word) => double.Parse(word, NumberStyles.Float, CultureInfo.InvariantCulture);
}
