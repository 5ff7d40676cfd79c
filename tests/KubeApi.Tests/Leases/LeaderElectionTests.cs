namespace Homelab.Aggregator.KubeApi.Tests.Leases;

public sealed class LeaderElectionTests
{
    private static readonly LeaderElectionOptions Options = new();
    private static readonly DateTimeOffset Wall = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static LeaderRecord Theirs(string renewed = "t0", int transitions = 3, int seconds = 15, string version = "7") => new("other", seconds, "t0", renewed, transitions, version);

    [Fact]
    public void ToWrite_NoLease_CreatesOneWithTheNextEpoch()
    {
        var election = new LeaderElection("me", Options, lastEpoch: 41);
        election.Saw(null, At(0));
        var record = election.ToWrite(At(0), Wall)!;
        Assert.Equal(("me", 15, 42, ""), (record.Holder, record.DurationSeconds, record.Transitions, record.ResourceVersion));
        Assert.Equal("2026-01-01T00:00:00.000000Z", record.RenewTime);
        Assert.False(election.IsLeader(At(0)));
        Won(election, record, At(0));
        Assert.True(election.IsLeader(At(0)));
        Assert.Equal(42, election.Epoch);
    }

    [Fact]
    public void IsLeader_RenewDeadline_IsItsEndWhateverHappens()
    {
        var election = Leading(At(0));
        Assert.True(election.IsLeader(At(9.999)));
        Assert.False(election.IsLeader(At(10)));
    }

    [Fact]
    public void ToWrite_UnchangedRecordOfAnother_IsTakenAfterItsDuration()
    {
        var election = new LeaderElection("me", Options);
        election.Saw(Theirs(), At(100));
        election.Saw(Theirs(), At(114.9));
        Assert.Null(election.ToWrite(At(114.9), Wall));
        election.Saw(Theirs(), At(115));
        Assert.Equal(4, election.ToWrite(At(115), Wall)!.Transitions);
    }

    [Theory]
    [InlineData("1970-01-01T00:00:00.000000Z")]
    [InlineData("2199-01-01T00:00:00.000000Z")]
    [InlineData("nonsense")]
    public void ToWrite_TimesInTheRecord_AreNeverComparedWithOurs(string renewed)
    {
        var election = new LeaderElection("me", Options);
        election.Saw(Theirs("before"), At(0));
        election.Saw(Theirs(renewed, version: "8"), At(14));
        Assert.Null(election.ToWrite(At(28.9), Wall));
        Assert.NotNull(election.ToWrite(At(29), Wall));
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(0, 15)]
    [InlineData(1, 15)]
    public void ToWrite_DurationOfAnother_IsRespectedButNeverShorterThanOurs(int theirs, int waits)
    {
        var election = new LeaderElection("me", Options);
        election.Saw(Theirs(seconds: theirs), At(0));
        Assert.Null(election.ToWrite(At(waits - 0.1), Wall));
        Assert.NotNull(election.ToWrite(At(waits), Wall));
    }

    [Fact]
    public void ToWrite_ReleasedLease_IsTakenAtOnce()
    {
        var election = new LeaderElection("me", Options);
        election.Saw(Theirs() with { Holder = "" }, At(0));
        Assert.Equal(4, election.ToWrite(At(0), Wall)!.Transitions);
    }

    [Fact]
    public void ToWrite_NamesakesRecord_IsAnothers()
    {
        var election = new LeaderElection("me", Options);
        election.Saw(Theirs() with { Holder = "me" }, At(0));
        Assert.Null(election.ToWrite(At(1), Wall));
    }

    [Fact]
    public void ToWrite_Leader_RenewsUnderTheSameEpoch()
    {
        var election = Leading(At(0));
        var epoch = election.Epoch;
        var renewal = election.ToWrite(At(2), Wall.AddSeconds(2))!;
        Assert.Equal(epoch, renewal.Transitions);
        Won(election, renewal, At(2));
        Assert.True(election.IsLeader(At(11.9)));
        Assert.Equal(epoch, election.Epoch);
    }

    [Fact]
    public void Saw_LeaseTaken_EndsLeadershipAtOnce()
    {
        var election = Leading(At(0));
        election.Saw(Theirs(transitions: election.Epoch + 1, version: "99"), At(3));
        Assert.False(election.IsLeader(At(3)));
    }

    [Fact]
    public void Saw_LeaseDeleted_EndsLeadershipAndEpochsGoOn()
    {
        var election = Leading(At(0));
        var epoch = election.Epoch;
        election.Saw(null, At(3));
        Assert.False(election.IsLeader(At(3)));
        Assert.Equal(epoch + 1, election.ToWrite(At(3), Wall)!.Transitions);
    }

    [Fact]
    public void LostTrack_WriteInDoubt_NeitherExtendsNorEndsTheTerm()
    {
        var election = Leading(At(0));
        var renewal = election.ToWrite(At(2), Wall)!;
        election.Writing();
        election.LostTrack();
        Assert.True(election.MustRead(At(2)));
        Assert.True(election.IsLeader(At(9.9)));
        election.Saw(renewal with { ResourceVersion = "9" }, At(4)); // It had gone through.
        Assert.True(election.IsLeader(At(9.9)));
        Assert.False(election.IsLeader(At(10)));
        Assert.Equal("9", election.ToWrite(At(5), Wall)!.ResourceVersion);
    }

    [Fact]
    public void Wrote_RenewalAnsweredAfterTheDeadline_DoesNotReviveTheTerm()
    {
        var election = Leading(At(0));
        var renewal = election.ToWrite(At(9.9), Wall)!;
        election.Writing();
        election.Wrote(renewal with { ResourceVersion = "9" }, At(9.9), At(10.1));
        Assert.False(election.IsLeader(At(10.1)));
        Assert.Equal(renewal.Transitions + 1, election.ToWrite(At(10.1), Wall)!.Transitions);
    }

    [Fact]
    public void ToWrite_OwnRecordAfterTheDeadline_IsANewTerm()
    {
        var election = Leading(At(0));
        var epoch = election.Epoch;
        election.Saw(new LeaderRecord("me", 15, "", "", epoch, "8"), At(12));
        Assert.Equal(epoch + 1, election.ToWrite(At(12), Wall)!.Transitions);
    }

    [Fact]
    public void ToRelease_Leader_HandsItBackOnce()
    {
        var election = Leading(At(0));
        var released = election.ToRelease(At(1), Wall)!;
        Assert.Equal(("", 1, election.Epoch), (released.Holder, released.DurationSeconds, released.Transitions));
        Assert.False(election.IsLeader(At(1)));
        Assert.Null(election.ToRelease(At(1), Wall));
    }

    [Theory]
    [InlineData(15, 10, 2, null)]
    [InlineData(15, 15, 2, "renew deadline")]
    [InlineData(1.5, 1, 0.2, "whole seconds")]
    [InlineData(15, 10, 6, "retry period")]
    [InlineData(15, 10, 0, "retry period")]
    public void Problem_TimesThatDoNotFit_AreNamed(double lease, double renew, double retry, string? problem)
    {
        var found = new LeaderElectionOptions { LeaseDuration = At(lease), RenewDeadline = At(renew), RetryPeriod = At(retry) }.Problem();
        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "");
    }

    /// <summary>Candidates that stop, are killed, lose answers and the server, over 1,000 seeds: there is never more than one leader, and epochs only grow.</summary>
    [Fact]
    public void IsLeader_AnyFaults_IsTrueForAtMostOne()
    {
        var terms = 0;
        for (var seed = 0; seed < 1000; seed++)
            terms += new ElectionWorld(seed).Run();
        Assert.True(terms > 3000, $"{terms} terms: the faults leave too little to judge");
    }

    private static LeaderElection Leading(TimeSpan since)
    {
        var election = new LeaderElection("me", Options);
        election.Saw(null, since);
        Won(election, election.ToWrite(since, Wall)!, since);
        return election;
    }

    private static void Won(LeaderElection election, LeaderRecord record, TimeSpan startedAt)
    {
        election.Writing();
        election.Wrote(record with { ResourceVersion = "8" }, startedAt, startedAt);
    }
}
