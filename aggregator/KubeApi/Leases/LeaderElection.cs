namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// The rules of leader election on a Lease, without clock and network. A candidate watches the record on its own monotonic time: a record
/// that has not changed for its duration is abandoned, whatever the times in it say. A leader leads until the renew deadline after the
/// start of its last successful write, so it stops before any other can begin.
/// </summary>
/// <param name="identity">Must be this process's alone, also across restarts: add something random to the host's name.</param>
/// <param name="lastEpoch">The highest epoch known from elsewhere: a lease that was deleted must not let epochs begin anew.</param>
internal sealed class LeaderElection(string identity, LeaderElectionOptions options, int lastEpoch = 0)
{
    private LeaderRecord? _seen;
    private TimeSpan _seenAt;
    private bool _written;
    private TimeSpan? _renewedAt;
    private int _highest = lastEpoch;

    /// <summary>The fencing number of the present or last term; 0 before the first.</summary>
    public int Epoch { get; private set; }

    /// <summary>When leadership ends unless it is renewed; null while another leads.</summary>
    public TimeSpan? LeadsUntil => _renewedAt + options.RenewDeadline;

    /// <summary>The holder as last seen; empty for nobody.</summary>
    public string Holder => _seen?.Holder ?? "";

    /// <param name="now">Monotonic; only differences count.</param>
    public bool IsLeader(TimeSpan now) => LeadsUntil is { } until && now < until;

    /// <summary>Whether the lease must be read before anything can be decided: always for a candidate, and for a leader whose last write ended in doubt.</summary>
    public bool MustRead(TimeSpan now) => _seen is null || !IsLeader(now);

    /// <summary>Takes in what the server holds.</summary>
    /// <param name="record">Null where there is no lease.</param>
    public void Saw(LeaderRecord? record, TimeSpan now)
    {
        _highest = Math.Max(_highest, record?.Transitions ?? 0);
        // Any write counts as a sign of life, even one whose author's clock stands still.
        if (record is null || record.ResourceVersion != _seen?.ResourceVersion)
            _seenAt = now;
        _seen = record ?? new LeaderRecord("", 0, "", "", 0, "");
        if (!IsOurs || _seen.Transitions != Epoch)
            _renewedAt = null; // Another took the lease, so we do not lead: not even for the rest of our own time.
    }

    /// <summary>The record to write now; null where another's lease still runs. Without a resourceVersion it is to be created.</summary>
    /// <param name="wall">Written down for people; never compared with.</param>
    public LeaderRecord? ToWrite(TimeSpan now, DateTimeOffset wall)
    {
        if (_seen is null)
            return null;
        var time = LeaderRecord.Written(wall);
        var seconds = (int)options.LeaseDuration.TotalSeconds;
        if (IsLeader(now))
            return _seen with { RenewTime = time, DurationSeconds = seconds };
        if (_seen.Holder.Length > 0 && !IsOurs && now < _seenAt + Patience(_seen))
            return null;
        return new LeaderRecord(identity, seconds, time, time, _highest + 1, _seen.ResourceVersion);
    }

    /// <summary>A write is about to go out: from here on a record with our name can be ours.</summary>
    public void Writing() => _written = true;

    /// <summary>The write went through.</summary>
    /// <param name="record">As the server stored it.</param>
    /// <param name="startedAt">When the write was begun: others can have seen it no earlier.</param>
    public void Wrote(LeaderRecord record, TimeSpan startedAt, TimeSpan now)
    {
        // A renewal that comes too late does not bring back a term that has ended: those who were told so act on it.
        var late = record.Transitions == Epoch && !IsLeader(now);
        (_seen, _seenAt, _highest) = (record, startedAt, Math.Max(_highest, record.Transitions));
        (_renewedAt, Epoch) = (late ? null : startedAt, record.Transitions);
    }

    /// <summary>The write failed, or may have: the record must be read before the next.</summary>
    public void LostTrack()
    {
        if (_seen is not null && _renewedAt is not null)
            _seen = null;
    }

    /// <summary>The record that hands the lease back, so that another need not wait; null where it is not ours. Ends leadership at once.</summary>
    public LeaderRecord? ToRelease(TimeSpan now, DateTimeOffset wall)
    {
        var leads = IsLeader(now);
        _renewedAt = null;
        // A duration of one second, as the API forbids zero.
        return leads && _seen is not null ? _seen with { Holder = "", DurationSeconds = 1, RenewTime = LeaderRecord.Written(wall) } : null;
    }

    // A record with our name that we never wrote is a namesake's.
    private bool IsOurs => _written && _seen?.Holder == identity;

    private TimeSpan Patience(LeaderRecord record)
    {
        var theirs = TimeSpan.FromSeconds(record.DurationSeconds);
        return theirs > options.LeaseDuration ? theirs : options.LeaseDuration;
    }
}
