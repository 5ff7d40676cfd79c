using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>The alarms that stand, each since when, and the log lines of their coming and going.</summary>
internal sealed class AlarmBoard
{
    private readonly SortedDictionary<(string Word, string Of), Entry> _standing = [];
    private int _round;

    /// <summary>What is not raised again before <see cref="Close"/> is cleared by it.</summary>
    public void Open() => _round++;

    /// <param name="of">The node's or group's name.</param>
    public void Raise(string word, string of, NodeName? node, string text, DateTimeOffset at, List<Decision> decisions)
    {
        if (_standing.TryGetValue((word, of), out var entry))
        {
            _standing[(word, of)] = entry with { Round = _round, Alarm = entry.Alarm.Text == text ? entry.Alarm : entry.Alarm with { Text = text } };
            return;
        }
        _standing[(word, of)] = new Entry(_round, new ControlAlarm(word, node, text, at));
        decisions.Add(new Decision(at, node, "alarm", null, null, $"{word}: {text}"));
    }

    public ImmutableArray<ControlAlarm> Close(DateTimeOffset at, List<Decision> decisions)
    {
        List<(string, string)>? gone = null;
        var alarms = ImmutableArray.CreateBuilder<ControlAlarm>(_standing.Count);
        foreach (var (key, entry) in _standing)
        {
            if (entry.Round == _round)
                alarms.Add(entry.Alarm);
            else
                (gone ??= []).Add(key);
        }
        foreach (var key in gone ?? [])
        {
            decisions.Add(new Decision(at, _standing[key].Alarm.Node, "clear", null, null, $"{_standing[key].Alarm.Word}: over"));
            _standing.Remove(key);
        }
        return alarms.ToImmutable();
    }

    private sealed record Entry(int Round, ControlAlarm Alarm);
}
