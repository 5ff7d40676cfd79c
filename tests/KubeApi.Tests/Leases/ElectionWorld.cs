namespace Homelab.Aggregator.KubeApi.Tests.Leases;

/// <summary>Three candidates and one lease in steps of 0.1 s: requests take time, are lost before or after they count, candidates pause and are born again, and every wall clock is wrong.</summary>
internal sealed class ElectionWorld(int seed)
{
    private const int Steps = 3000;

    private readonly Random _dice = new(seed);
    private readonly LeaderElectionOptions _options = new();
    private readonly List<int> _epochs = [];
    private readonly List<Request> _orphans = [];
    private LeaderRecord? _stored;
    private int _version;
    private int _born;

    /// <summary>The number of terms; asserts the safety rules on the way.</summary>
    public int Run()
    {
        var candidates = Enumerable.Range(0, 3).Select(_ => Born()).ToArray();
        for (var step = 0; step < Steps; step++)
        {
            var now = TimeSpan.FromSeconds(step / 10.0);
            for (var i = 0; i < candidates.Length; i++)
            {
                if (_dice.Next(2500) == 0)
                    candidates[i] = Replaced(candidates[i], null); // kill -9 and a restart
                if (_dice.Next(1500) == 0)
                    candidates[i] = Replaced(candidates[i], candidates[i].Election.ToRelease(now, DateTimeOffset.UnixEpoch), now); // stopped in good order
                if (_dice.Next(600) == 0)
                    candidates[i].PausedUntil = now + TimeSpan.FromSeconds(_dice.Next(1, 40)); // SIGSTOP: requests already sent still arrive
                Step(candidates[i], now);
            }
            foreach (var request in _orphans.Where(request => !request.Served && now >= request.ServedAt))
                Serve(request);
            Judge(candidates, now);
        }
        return _epochs.Count;
    }

    private Candidate Born() => new(new LeaderElection($"c{++_born}", _options, _epochs.Count == 0 ? 0 : _epochs.Max()), TimeSpan.FromHours(_dice.Next(-30, 30)), _dice.Next(20));

    // What was sent still arrives.
    private Candidate Replaced(Candidate old, LeaderRecord? last, TimeSpan now = default)
    {
        if (old.Request is { } open)
            _orphans.Add(open);
        if (last is not null)
            _orphans.Add(new Request(last, now, now + TimeSpan.FromSeconds(_dice.NextDouble()), TimeSpan.MaxValue, false, true));
        return Born();
    }

    private void Step(Candidate candidate, TimeSpan now)
    {
        // The server does its part whether the candidate runs or not.
        if (candidate.Request is { Served: false } request && now >= request.ServedAt)
            Serve(request);
        if (now < candidate.PausedUntil)
            return;
        if (candidate.Request is { } open && now >= open.AnsweredAt)
        {
            candidate.Request = null;
            Answer(candidate, open, now);
        }
        else if (candidate.Request is null && now >= candidate.NextAt)
        {
            Ask(candidate, now, candidate.Election.MustRead(now));
        }
    }

    private void Ask(Candidate candidate, TimeSpan now, bool read)
    {
        var record = read ? null : candidate.Election.ToWrite(now, DateTimeOffset.UnixEpoch + now + candidate.Skew);
        candidate.NextAt = now + _options.RetryPeriod;
        if (!read && record is null)
            return;
        if (record is not null)
            candidate.Election.Writing();
        var served = now + TimeSpan.FromSeconds(_dice.NextDouble() * (_dice.Next(20) == 0 ? 12 : 0.3));
        candidate.Request = new Request(record, now, served, served + TimeSpan.FromSeconds(_dice.NextDouble() * 0.3), _dice.Next(15) == 0, _dice.Next(15) == 0);
    }

    private void Serve(Request request)
    {
        request.Served = true;
        if (request.LostBefore)
            return;
        if (request.Write is null)
            (request.Ok, request.Answer) = (true, _stored);
        else if (request.Write.ResourceVersion == (_stored?.ResourceVersion ?? ""))
            (request.Ok, request.Answer) = (true, _stored = request.Write with { ResourceVersion = $"{++_version}" });
    }

    private void Answer(Candidate candidate, Request request, TimeSpan now)
    {
        var ok = request is { Ok: true, LostAfter: false };
        if (request.Write is null && ok)
        {
            candidate.Election.Saw(request.Answer, now);
            Ask(candidate, now, read: false);
        }
        else if (request.Write is not null && ok)
        {
            var before = candidate.Election.IsLeader(now);
            candidate.Election.Wrote(request.Answer!, request.StartedAt, now);
            if (!before && candidate.Election.IsLeader(now))
                _epochs.Add(candidate.Election.Epoch);
        }
        else
        {
            candidate.Election.LostTrack();
        }
    }

    private void Judge(Candidate[] candidates, TimeSpan now)
    {
        var leaders = candidates.Count(candidate => candidate.Election.IsLeader(now));
        Assert.True(leaders <= 1, $"seed {seed}, {now}: {leaders} leaders");
        Assert.True(_epochs.Count < 2 || _epochs[^1] > _epochs[^2], $"seed {seed}, {now}: epochs {string.Join(", ", _epochs)}");
    }

    private sealed class Candidate(LeaderElection election, TimeSpan skew, int firstStep)
    {
        public LeaderElection Election => election;

        public TimeSpan Skew => skew;

        public TimeSpan NextAt { get; set; } = TimeSpan.FromSeconds(firstStep / 10.0);

        public TimeSpan PausedUntil { get; set; }

        public Request? Request { get; set; }
    }

    private sealed class Request(LeaderRecord? write, TimeSpan startedAt, TimeSpan servedAt, TimeSpan answeredAt, bool lostBefore, bool lostAfter)
    {
        public LeaderRecord? Write => write;

        public TimeSpan StartedAt => startedAt;

        public TimeSpan ServedAt => servedAt;

        public TimeSpan AnsweredAt => answeredAt;

        public bool LostBefore => lostBefore;

        public bool LostAfter => lostAfter;

        public bool Served { get; set; }

        public bool Ok { get; set; }

        public LeaderRecord? Answer { get; set; }
    }
}
