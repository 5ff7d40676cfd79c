using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Enforcement;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Enforcement;

/// <summary>The whole of enforcement but the real hardware and disk: step by step, on a clock that tests move.</summary>
public sealed class EnforcementLoopTests
{
    [Fact]
    public async Task Step_NeverGranted_WritesNothing()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        for (var i = 0; i < 20; i++)
            await node.StepAsync();
        Assert.Equal((0, LeaseStanding.None, null), (node.Limiters[0].Writes, node.Status.Standing, node.Status.Effective));
        Assert.Empty(node.State.Log);
    }

    [Fact]
    public async Task Step_AGrant_IsDurableThenRecordedThenWrittenThenAnswered()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.StepAsync();
        await node.GrantAsync(30, safe: 12);
        Assert.Equal(["save", "record"], node.State.Log);
        Assert.Equal(new LeaseMemory(1, 1, W(12)), node.State.Memory);
        // The prior of the base is 2 W: what is left for the package is 28 W.
        Assert.Equal(W(28), node.Limiters[0].Held.Power);
        Assert.Equal((1UL, 1UL, W(30), CapResult.Ok, LeaseStanding.Live), (node.Status.Epoch, node.Status.Sequence, node.Status.Effective, node.Status.Result, node.Status.Standing));
        Assert.Equal((0, W(12)), (node.Status.Limiter, node.Status.SafeShare));
    }

    [Fact]
    public async Task Step_AGrantOnAReportMadeSinceTheStepBegan_IsTaken()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.StepAsync();
        node.State.DuringSave = () =>
        {
            node.State.DuringSave = null;
            node.Clock.Advance(TimeSpan.FromMilliseconds(10));
            node.Board.Offer(Caps.Offer(1, node.NextSequence, 25, node.Clock.Elapsed(), safe: 12));
        };

        await node.GrantAsync(30, safe: 12);

        Assert.Equal((2UL, W(25), CapResult.Ok, LeaseStanding.Live), (node.Status.Sequence, node.Status.Effective, node.Status.Result, node.Status.Standing));
    }

    [Fact]
    public async Task Step_ARenewal_WritesNothingAndIsAnswered()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 20; i++)
            await node.GrantAsync(30, safe: 12);
        Assert.Equal((1, 21UL), (node.Limiters[0].Writes, node.Status.Sequence));
        Assert.Equal(["save", "record"], node.State.Log);
    }

    [Fact]
    public async Task Step_MeterAboveWhatIsAccounted_AccountsForTheMeter()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 3; i++)
        {
            await node.KeepAsync(30, 2);
            // The limit of 28 W holds its package, but 9 W are drawn beside it, which nobody has learned yet.
            node.Publish(watts: 37, package: 28, use: 1);
        }
        await node.StepAsync();
        Assert.Equal(W(37), node.Status.Effective);
    }

    [Fact]
    public async Task Step_LeaseEnds_FallsToTheSafeShareWithoutANetwork()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        await node.AdvanceAsync(4.9);
        Assert.Equal(LeaseStanding.Live, node.Status.Standing);
        await node.AdvanceAsync(0.2);
        Assert.Equal((LeaseStanding.Expired, W(12), W(10)), (node.Status.Standing, node.Status.Effective, node.Limiters[0].Held.Power));
    }

    [Fact]
    public async Task Step_LongAfterTheEnd_MovesToTheSafeShare()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(10, safe: 20);
        await node.AdvanceAsync(79.8);
        Assert.Equal(W(10), node.Status.Effective);
        await node.AdvanceAsync(0.3);
        Assert.Equal((LeaseStanding.Safe, W(20)), (node.Status.Standing, node.Status.Effective));
    }

    [Fact]
    public async Task Step_BootWithASafeShare_HoldsItAtOnce()
    {
        using var node = new Node(new LeaseMemory(3, 7, W(15)), FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.StepAsync();
        Assert.Equal((LeaseStanding.Safe, W(15), W(13)), (node.Status.Standing, node.Status.Effective, node.Limiters[0].Held.Power));
    }

    [Fact]
    public async Task Step_AgentFrozenForHalfAMinute_ActsOnTheLeaseFirst()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        // Thawed: a grant of before the freeze waits in the socket.
        node.Clock.Advance(TimeSpan.FromSeconds(20));
        node.Board.Offer(Caps.Offer(1, 2, 40, TimeSpan.FromSeconds(1)));
        await node.StepAsync();
        Assert.Equal((W(12), LeaseStanding.Expired), (node.Status.Effective, node.Status.Standing));
    }

    [Fact]
    public async Task Step_MachineSlept_TheLeaseEndedInItsSleep()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.Slept = TimeSpan.FromHours(1);
        await node.AdvanceAsync(0.1);
        Assert.Equal((W(12), LeaseStanding.Safe), (node.Status.Effective, node.Status.Standing));
        await node.GrantAsync(25, safe: 12);
        Assert.Equal((W(25), LeaseStanding.Live), (node.Status.Effective, node.Status.Standing));
    }

    [Fact]
    public async Task Step_WallClockJumps_NothingChanges()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.Clock.JumpWall(TimeSpan.FromDays(365));
        await node.StepAsync();
        node.Clock.JumpWall(TimeSpan.FromDays(-3650));
        await node.StepAsync();
        Assert.Equal((W(30), LeaseStanding.Live), (node.Status.Effective, node.Status.Standing));
    }

    [Fact]
    public async Task Step_Release_RestoresOriginalsAndForgets()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.Board.Offer(Caps.Release(1, node.NextSequence, node.Clock.Elapsed()));
        await node.StepAsync();
        Assert.Equal((1, default(Limit), null), (node.State.Restored, node.Limiters[0].Held, node.State.Memory.SafeShare));
        Assert.Equal((LeaseStanding.None, null), (node.Status.Standing, node.Status.Effective));
        // The next grant begins afresh: originals are recorded once more.
        await node.GrantAsync(30, safe: 12);
        Assert.Equal(2, node.State.Recorded.Count);
    }

    [Fact]
    public async Task Step_RestoreFails_IsTriedAgainUntilItSucceeds()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.State.RestoreProblem = "power_limit_uw: EIO";
        node.Board.Offer(Caps.Release(1, node.NextSequence, node.Clock.Elapsed()));
        await node.StepAsync();
        Assert.Equal(1, node.State.Restored);
        await node.AdvanceAsync(12);
        Assert.Equal(3, node.State.Restored);
        Assert.Single(node.Log.Lines, l => l.Contains("EIO", StringComparison.Ordinal));
        node.State.RestoreProblem = null;
        await node.AdvanceAsync(12);
        Assert.Equal(4, node.State.Restored);
    }

    [Fact]
    public async Task Step_AGrantAfterAFailedRestore_RecordsOriginalsAnew()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.State.RestoreProblem = "another value: EIO";
        node.Board.Offer(Caps.Release(1, node.NextSequence, node.Clock.Elapsed()));
        await node.StepAsync();
        await node.GrantAsync(30, safe: 12);
        Assert.Equal(2, node.State.Recorded.Count);
        Assert.Equal(W(28), node.Limiters[0].Held.Power);
        await node.AdvanceAsync(20);
        Assert.Equal(1, node.State.Restored);
    }

    [Fact]
    public async Task Step_OlderEpoch_IsRejectedAndTheOldCapStands()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        node.Board.Offer(Caps.Offer(9, 1, 30, TimeSpan.Zero, 12));
        await node.StepAsync();
        node.Board.Offer(Caps.Offer(8, 5, 60, TimeSpan.Zero, 50));
        await node.StepAsync();
        Assert.Equal((CapResult.Rejected, W(30), 9UL, 1UL), (node.Status.Result, node.Status.Effective, node.Status.Epoch, node.Status.Sequence));
        Assert.Contains("epoch 8 is older than 9", node.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_DiskFull_KeepsTheOldSafeShareAndTakesTheCap()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.State.Problem = "/var/lib/homelab-agent/lease: ENOSPC: the disk is full; free some space";
        await node.GrantAsync(25, safe: 20);
        Assert.Equal((W(25), W(12), CapResult.Rejected), (node.Status.Effective, node.Status.SafeShare, node.Status.Result));
        Assert.Contains("disk is full", node.Status.Detail, StringComparison.Ordinal);
        await node.AdvanceAsync(6);
        Assert.Equal(W(12), node.Status.Effective);
    }

    [Fact]
    public async Task Step_DiskFullBeforeTheFirstGrant_WritesNothing()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        node.State.Problem = "full";
        await node.GrantAsync(30, safe: 12);
        Assert.Equal((0, null, CapResult.Rejected), (node.Limiters[0].Writes, node.Status.Effective, node.Status.Result));
    }

    [Fact]
    public async Task Step_OperatorsFloorAndCeiling_BoundTheCap()
    {
        using var node = new Node(LeaseMemory.Empty, new CapBounds(W(20), W(40)), FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(8, safe: 6);
        Assert.Equal(W(20), node.Status.Effective);
        await node.GrantAsync(60, safe: 6);
        await node.AdvanceAsync(1.2);
        await node.GrantAsync(60, safe: 6);
        Assert.Equal(W(40), node.Status.Effective);
        Assert.Equal((W(20), W(40)), (node.Board.Current.Span.Floor, node.Board.Current.Span.Ceiling));
    }

    [Fact]
    public async Task Step_BelowTheHardwaresLeast_SaysWhatReallyHolds()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 14, 65));
        await node.GrantAsync(10, safe: 6);
        Assert.Equal((W(16), CapResult.Adjusted), (node.Status.Effective, node.Status.Result));
    }

    [Fact]
    public async Task Step_LimiterNotAllowed_IsNeverWritten()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65)) { IsAllowed = false };
        await node.GrantAsync(30, safe: 12);
        Assert.Equal((0, null, CapResult.Ineffective), (node.Limiters[0].Writes, node.Status.Effective, node.Status.Result));
        Assert.False(node.Board.Current.Span.IsEnforcing);
        Assert.Contains("enforce.actuators", node.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_MachineWithoutALimiter_SaysThatNothingIsHeldAndNeverThatItIs()
    {
        using var node = new Node();
        await node.GrantAsync(30, safe: 12);
        Assert.Equal((CapResult.Ineffective, null), (node.Status.Result, node.Status.Effective));
        Assert.Contains("no limiter", node.Status.Detail, StringComparison.Ordinal);
        Assert.False(node.Board.Current.Span.IsEnforcing);
    }

    [Fact]
    public async Task Step_NoRightToWrite_SaysDeniedWithTheFix()
    {
        var limiter = FakeLimiter.Watts("rapl:package-0", 5, 65);
        (limiter.State, limiter.Detail) = (LimiterState.Denied, "power_limit_uw: EACCES: run as root");
        using var node = new Node(limiter);
        await node.GrantAsync(30, safe: 12);
        Assert.Equal((CapResult.Denied, null), (node.Status.Result, node.Status.Effective));
        Assert.Contains("run as root", node.Status.Detail, StringComparison.Ordinal);
    }

    // C.2: RAPL locked by BIOS.
    [Fact]
    public async Task Step_LockedByFirmware_FallsToClocksAndTriesAgainAfterFiveMinutes()
    {
        var rapl = FakeLimiter.Watts("rapl:package-0", 5, 65);
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(rapl, clock);
        (rapl.State, rapl.Detail) = (LimiterState.Locked, "locked by BIOS");
        await node.GrantAsync(6, safe: 5);
        Assert.True(clock.Held.Frequency!.Value.Kilohertz < 2_000_000, $"{clock.Held}");
        Assert.NotNull(node.Status.Effective);
        Assert.True(node.Status.Effective <= W(6));
        await node.KeepAsync(6, seconds: 299);
        Assert.Equal(0, rapl.Writes);
        rapl.State = LimiterState.Ready;
        await node.KeepAsync(6, seconds: 3);
        Assert.Equal(1, rapl.Writes);
        Assert.Equal(new Frequency(2_000_000), clock.Held.Frequency);
    }

    // C.2: SMU or EC rewrites limits.
    [Fact]
    public async Task Step_RewrittenBySomethingElse_IsSeenInATenthOfASecondAndWrittenAgain()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.Limiters[0].Held = Limit.Of(W(65));
        await node.AdvanceAsync(0.1);
        Assert.Equal((W(28), 2), (node.Limiters[0].Held.Power, node.Limiters[0].Writes));
        node.Limiters[0].Held = Limit.Of(W(65));
        await node.AdvanceAsync(0.1);
        Assert.Equal((W(67), CapResult.Adjusted), (node.Status.Effective, node.Status.Result));
        Assert.Contains("thermald", node.Status.Detail, StringComparison.Ordinal);
    }

    // C.2: a fight.
    [Fact]
    public async Task Step_FiveLossesInAMinute_CountsAsUncontrolledAndNamesTheFight()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        for (var i = 0; i < 250; i++)
        {
            await node.GrantAsync(30, safe: 12);
            node.Limiters[0].Held = Limit.Of(W(65));
            await node.AdvanceAsync(0.1);
        }
        Assert.Equal((null, CapResult.Ineffective), (node.Status.Effective, node.Status.Result));
        Assert.Contains("keeps rewriting it (thermald run here)", node.Status.Detail, StringComparison.Ordinal);
        Assert.InRange(node.Limiters[0].Writes, 3, 7);
        Assert.Contains(node.Log.Lines, l => l.Contains("thermald", StringComparison.Ordinal));
    }

    // C.2: a cooling governor lowers further than we asked; raising it again would be a fight.
    [Fact]
    public async Task Step_LoweredBySomethingElse_IsLeftAndAccounted()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        node.Limiters[0].Held = Limit.Of(W(10));
        await node.KeepAsync(30, seconds: 10);
        Assert.Equal((1, W(12), CapResult.Adjusted), (node.Limiters[0].Writes, node.Status.Effective, node.Status.Result));
    }

    // C.2: written, read back, and nothing comes of it (amdgpu below the present draw; firmware override).
    [Fact]
    public async Task Step_DrawStaysAboveTheLimit_IsIneffectiveWithinFiveSecondsOfTheTrial()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 13; i++)
        {
            node.Publish(watts: 60, package: 55, use: 1);
            await node.KeepAsync(30, seconds: 0.5);
        }
        Assert.Equal((null, CapResult.Ineffective), (node.Status.Effective, node.Status.Result));
        Assert.Contains("without effect: 55.0 W drawn at a limit of", node.Status.Detail, StringComparison.Ordinal);
        Assert.False(node.Board.Current.Span.IsEnforcing);
    }

    [Fact]
    public async Task Step_IneffectiveWattsAndClocks_HoldsByClocks()
    {
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), clock);
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 20; i++)
        {
            node.Publish(watts: 60, package: 55, use: 1);
            await node.KeepAsync(30, seconds: 0.5);
        }
        Assert.True(clock.Held.Frequency!.Value.Kilohertz < 2_000_000, $"{node.Status}\n{node.Board.Current.Span}\n{string.Join('\n', node.Log.Lines)}");
    }

    [Fact]
    public async Task Step_BaseIsLearned_TheSplitFollowsIt()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 30; i++)
        {
            node.Publish(watts: 20, package: 13, use: 0.5);
            await node.KeepAsync(30, seconds: 0.5);
        }
        Assert.InRange(node.Limiters[0].Held.Power!.Value.Watts, 22, 23.2);
        Assert.InRange(node.Status.Effective!.Value.Watts, 29.5, 30.01);
        Assert.InRange(node.Limiters[0].Writes, 2, 6);
    }

    [Fact]
    public async Task Step_BaseIsLearned_IsStoredOncePerMinuteAndKeptWithEachLease()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.GrantAsync(30, safe: 12);
        for (var i = 0; i < 30; i++)
        {
            node.Publish(watts: 20, package: 13, use: 0.5);
            await node.KeepAsync(30, seconds: 0.5);
        }
        Assert.InRange(node.State.LearnedBase!.Value.Watts, 7, 8);
        Assert.InRange(node.State.Log.Count(call => call == "save"), 2, 3);
        await node.GrantAsync(28, safe: 11);
        Assert.NotNull(node.State.LearnedBase);
    }

    [Fact]
    public async Task Step_BaseOfAnEarlierRun_BoundsTheDeviceFromTheFirstGrant()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65)) { Recalled = W(7.5) };
        await node.GrantAsync(30, safe: 12);
        Assert.Equal(22.5, node.Limiters[0].Held.Power!.Value.Watts);
        Assert.Equal(W(7.5), node.State.LearnedBase);
    }

    [Fact]
    public async Task Step_ClocksOnly_StaysWithinTheTableAndSaysItsSteps()
    {
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(clock);
        await node.GrantAsync(6, safe: 5);
        // The model of 2 to 10 W: 2 + 8·s² fits 6 W up to s = 0.7.
        Assert.Equal(new Frequency(1_200_000), clock.Held.Frequency);
        Assert.Equal(2 + (8 * 0.36), node.Status.Effective!.Value.Watts, 3);
        Assert.Equal(5, node.Board.Current.Span.Steps.Length);
        Assert.Equal(CapResult.Adjusted, node.Status.Result);
    }

    [Fact]
    public async Task Step_ClocksThatCostNothingMore_AreOneStep()
    {
        using var node = new Node(FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000));
        // 5 W at full load, whatever the clock: the machine waits for its memory.
        await node.GrantAsync(12, safe: 4);
        foreach (var cap in (double[])[12, 4, 12])
        {
            for (var i = 0; i < 20; i++)
            {
                node.Publish(watts: 5, package: 0, use: 1);
                await node.KeepAsync(cap, seconds: 0.5);
            }
        }
        var steps = node.Board.Current.Span.Steps;
        Assert.True(steps.Length is >= 1 and < 5, string.Join(", ", steps));
        Assert.Equal(steps.Distinct().Order(), steps);
    }

    [Fact]
    public async Task Step_ClockPolicies_AreHeldTogether()
    {
        var (small, big) = (FakeLimiter.Clock("cpufreq:policy0", 408, 816, 1200, 1800), FakeLimiter.Clock("cpufreq:policy4", 408, 1200, 1800, 2400));
        using var node = new Node(small, big);
        await node.GrantAsync(5, safe: 5);
        Assert.True(small.Held.Frequency!.Value.Kilohertz <= 1_200_000 && big.Held.Frequency!.Value.Kilohertz <= 1_800_000, $"{small.Held} {big.Held}");
        Assert.True(node.Status.Effective <= W(5));
    }

    [Fact]
    public async Task Step_OneClockPolicyFails_TheOthersKeepTheirCeilingsAndNothingIsSaidToBeHeld()
    {
        var (small, big) = (FakeLimiter.Clock("cpufreq:policy0", 408, 816, 1200, 1800), FakeLimiter.Clock("cpufreq:policy4", 408, 1200, 1800, 2400));
        using var node = new Node(small, big);
        await node.GrantAsync(5, safe: 5);
        var held = (small.Held, big.Held);
        (small.State, small.Detail) = (LimiterState.Faulted, "scaling_max_freq: EIO");
        await node.KeepAsync(5, seconds: 20);
        Assert.Equal(held, (small.Held, big.Held));
        Assert.Equal((null, CapResult.Ineffective), (node.Status.Effective, node.Status.Result));
        Assert.False(node.Board.Current.Span.IsEnforcing);
        small.State = LimiterState.Ready;
        await node.KeepAsync(5, seconds: 2);
        Assert.True(node.Status.Effective <= W(5), $"{node.Status}");
    }

    [Fact]
    public async Task Step_ClocksThatAnswerLate_AreNotLetGo()
    {
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(clock) { DriverDeadline = TimeSpan.FromMilliseconds(250) };
        await node.StepAsync();
        node.Board.Offer(Caps.Offer(1, node.NextSequence, 6, node.Clock.Elapsed(), 5, life: 500));
        await node.StepAsync();
        var held = clock.Held;
        Assert.True(held.Frequency!.Value.Kilohertz < 2_000_000, $"{held}");
        using var hang = new ManualResetEventSlim();
        clock.Hang = hang;
        await node.StepPastHangAsync();
        (clock.Hang, var reads) = (null, clock.Reads);
        hang.Set();
        await Eventually.TrueAsync(() => clock.Reads > reads);
        for (var i = 0; i < 5; i++)
        {
            await node.StepAsync();
            Assert.Equal(held, clock.Held);
        }
    }

    [Fact]
    public async Task Step_WattsTakeOver_ClocksAreFreeOnlyOnceWattsHold()
    {
        var rapl = FakeLimiter.Watts("rapl:package-0", 5, 65);
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(rapl, clock);
        (rapl.State, rapl.Detail) = (LimiterState.Locked, "locked by BIOS");
        await node.GrantAsync(6, safe: 5);
        var held = clock.Held;
        (rapl.State, rapl.IsIgnoring) = (LimiterState.Ready, true);
        await node.KeepAsync(6, seconds: 3);
        Assert.Equal(held, clock.Held);
        (rapl.IsIgnoring, rapl.Held) = (false, Limit.Of(W(5)));
        await node.KeepAsync(6, seconds: 1);
        Assert.Equal(new Frequency(2_000_000), clock.Held.Frequency);
    }

    [Fact]
    public async Task Step_ProcessorAndCard_SplitTheCapAndShiftToTheOneThatWants()
    {
        var cpu = FakeLimiter.Watts("rapl:package-0", 15, 65);
        var gpu = FakeLimiter.Watts("amdgpu:0000:03:00.0", 50, 250, LimiterDomain.Graphics);
        using var node = new Node(cpu, gpu);
        await node.GrantAsync(202, safe: 100);
        var before = gpu.Held.Power!.Value;
        Assert.True(cpu.Held.Power + gpu.Held.Power <= W(200));
        for (var i = 0; i < 12; i++)
        {
            node.Publish(watts: 2 + 16 + gpu.Held.Power!.Value.Watts, package: 16, use: 0.1, card: gpu.Held.Power!.Value.Watts);
            await node.KeepAsync(202, seconds: 0.5);
            Assert.True(cpu.Held.Power + gpu.Held.Power <= W(200.001), $"{cpu.Held.Power} + {gpu.Held.Power}");
        }
        Assert.True(gpu.Held.Power > before, $"{before} then {gpu.Held.Power}");
    }

    [Fact]
    public async Task Step_CardThatTheOperatorDoesNotAllow_IsReservedAtItsMost()
    {
        var gpu = FakeLimiter.Watts("amdgpu:0000:03:00.0", 50, 250, LimiterDomain.Graphics);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), gpu) { IsAllowed = true, Forbidden = "amdgpu:0000:03:00.0" };
        await node.GrantAsync(100, safe: 90);
        Assert.True(node.Status.Effective >= W(255), $"{node.Status.Effective}");
        Assert.Equal(0, gpu.Writes);
    }

    [Fact]
    public async Task Step_CardAsleepAtTheFirstGrant_IsRecordedAndWrittenOnceItIsAwake()
    {
        var gpu = FakeLimiter.Watts("nvml:GPU-1", 50, 250, LimiterDomain.Graphics);
        (gpu.Held, gpu.IsAsleep) = (Limit.Of(W(250)), true);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), gpu);
        await node.GrantAsync(150, safe: 90);
        await node.KeepAsync(150, seconds: 3);
        Assert.Equal((0, W(250)), (gpu.Writes, gpu.Held.Power));
        Assert.DoesNotContain("/sys/nvml:GPU-1", node.State.Recorded);
        Assert.True(node.Status.Effective >= W(250), $"what it last held counts: {node.Status.Effective}");
        Assert.Equal(CapResult.Adjusted, node.Status.Result);
        gpu.IsAsleep = false;
        await node.AdvanceAsync(0.1);
        Assert.Contains("/sys/nvml:GPU-1", node.State.Recorded);
        Assert.True(gpu.Held.Power < W(150), $"{gpu.Held}");
        Assert.True(node.Status.Effective <= W(150), $"{node.Status.Effective}");
    }

    [Fact]
    public async Task Step_CardFallsAsleepBeforeACut_GetsTheCutAsSoonAsItWakes()
    {
        var gpu = FakeLimiter.Watts("nvml:GPU-1", 50, 250, LimiterDomain.Graphics);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), gpu);
        await node.GrantAsync(202, safe: 90);
        var before = gpu.Held.Power;
        gpu.IsAsleep = true;
        await node.GrantAsync(100, safe: 90);
        await node.KeepAsync(100, seconds: 2);
        Assert.Equal(before, gpu.Held.Power);
        Assert.True(node.Status.Effective > W(100), $"{node.Status.Effective}");
        gpu.IsAsleep = false;
        await node.AdvanceAsync(0.1);
        Assert.True(node.Status.Effective <= W(100), $"{node.Status.Effective}");
    }

    [Fact]
    public async Task Step_CardThatCanNotBeRead_CountsAtTheMostItWasSeenToTake()
    {
        var gpu = FakeLimiter.Watts("amdgpu:0000:03:00.0", 50, 250, LimiterDomain.Graphics);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), gpu);
        await node.GrantAsync(202, safe: 90);
        (gpu.State, gpu.Least, gpu.Most) = (LimiterState.Faulted, default, default);
        await node.KeepAsync(202, seconds: 1);
        Assert.True(node.Status.Effective >= W(252), $"{node.Status.Effective}");
    }

    // A driver that hangs in the kernel.
    [Fact]
    public async Task Step_ADriverHangs_TheOthersAndTheLeaseGoOn()
    {
        var gpu = FakeLimiter.Watts("nvml:GPU-1", 50, 250, LimiterDomain.Graphics);
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65), gpu) { DriverDeadline = TimeSpan.FromMilliseconds(250) };
        await node.GrantAsync(202, safe: 90);
        using var hang = new ManualResetEventSlim();
        gpu.Hang = hang;
        await node.StepPastHangAsync();
        var writes = node.Limiters[0].Writes;
        node.Board.Offer(Caps.Offer(1, node.NextSequence, 120, node.Clock.Elapsed(), 90));
        await node.StepAsync();
        Assert.True(node.Limiters[0].Writes > writes);
        Assert.True(node.Status.Effective >= W(250), $"what hangs counts at its most: {node.Status.Effective}");
        await node.AdvanceAsync(6);
        Assert.Equal(LeaseStanding.Expired, node.Status.Standing);
        (gpu.Hang, var before) = (null, gpu.Writes);
        hang.Set();
        await node.StepUntilAsync(() => node.Status.Effective <= W(91));
        Assert.True(gpu.Writes > before);
    }

    [Fact]
    public async Task Run_CleanStop_TellsTheAggregatorBeforeItLetsGo()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: false, stop.Token);
        node.Board.Offer(Caps.Offer(1, 1, 30, TimeSpan.Zero, 12));
        await Eventually.TrueAsync(() => node.Status.Standing == LeaseStanding.Live);
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => node.Status.Standing == LeaseStanding.None || run.IsCompleted);
        Assert.False(run.IsCompleted, string.Join('\n', node.Log.Lines) + node.Status);
        Assert.Equal(0, node.State.Restored);
        node.Board.Told(node.Board.Current);
        await Eventually.TrueAsync(() => run.IsCompleted, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        Assert.Equal((1, default(Limit)), (node.State.Restored, node.Limiters[0].Held));
        Assert.Equal(W(12), node.State.Memory.SafeShare);
    }

    [Fact]
    public async Task Run_StopWithClocksTrimmedUp_LeavesThemNoHigherThanTheTable()
    {
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(clock);
        var trimmed = await TrimUpAsync(node);
        Assert.InRange(node.Board.Current.Span.Uncertainty, 0.05, 0.1);
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: false, stop.Token);
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => run.IsCompleted, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        Assert.True(clock.Held.Frequency!.Value.Kilohertz < trimmed.Kilohertz, $"{trimmed} then {clock.Held}");
    }

    [Fact]
    public async Task Step_LeaseEndsWithClocksTrimmedUp_GoesNoHigherThanTheTable()
    {
        var clock = FakeLimiter.Clock("cpufreq:policy0", 400, 800, 1200, 1600, 2000);
        using var node = new Node(clock);
        var trimmed = await TrimUpAsync(node);
        await node.AdvanceAsync(6);
        Assert.Equal(LeaseStanding.Expired, node.Status.Standing);
        Assert.True(clock.Held.Frequency!.Value.Kilohertz < trimmed.Kilohertz, $"{trimmed} then {clock.Held}");
    }

    [Fact]
    public async Task Run_CleanStopWhoseRestoreFails_IsTriedAgainBeforeTheEnd()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: false, stop.Token);
        node.Board.Offer(Caps.Offer(1, 1, 30, TimeSpan.Zero, 12));
        await Eventually.TrueAsync(() => node.Status.Standing == LeaseStanding.Live);
        node.State.RestoreProblem = "power_limit_uw: EIO";
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => node.Status.Standing == LeaseStanding.None);
        node.Board.Told(node.Board.Current);
        await Eventually.TrueAsync(() => node.State.Restored > 0, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        node.State.RestoreProblem = null;
        await Eventually.TrueAsync(() => run.IsCompleted, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        Assert.Equal(2, node.State.Restored);
    }

    [Fact]
    public async Task Run_StopAfterARestoreThatFailed_TriesOnceMore()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        node.State.RestoreProblem = "power_limit_uw: EIO";
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: true, stop.Token);
        await Eventually.TrueAsync(() => node.State.Restored == 1);
        node.State.RestoreProblem = null;
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => run.IsCompleted);
        Assert.Equal(2, node.State.Restored);
    }

    [Fact]
    public async Task Run_CleanStopThatNobodyHears_StaysAtTheLowerOfCapAndSafeShare()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: false, stop.Token);
        node.Board.Offer(Caps.Offer(1, 1, 30, TimeSpan.Zero, 12));
        await Eventually.TrueAsync(() => node.Status.Standing == LeaseStanding.Live);
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => run.IsCompleted, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
        Assert.Equal((0, W(10)), (node.State.Restored, node.Limiters[0].Held.Power));
        Assert.Contains(node.Log.Lines, l => l.Contains("homelab-agent release", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_AfterACrashWithoutASafeShare_RestoresOriginals()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: true, stop.Token);
        await Eventually.TrueAsync(() => node.State.Restored == 1);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Run_AfterACrashWithASafeShare_GoesStraightToItAndKeepsTheJournal()
    {
        using var node = new Node(new LeaseMemory(3, 7, W(15)), FakeLimiter.Watts("rapl:package-0", 5, 65));
        using var stop = new CancellationTokenSource();
        var run = node.Loop.RunAsync(isCrashed: true, stop.Token);
        await Eventually.TrueAsync(() => node.Limiters[0].Held.Power == W(13));
        Assert.Equal(0, node.State.Restored);
        await stop.CancelAsync();
        await Eventually.TrueAsync(() => run.IsCompleted, () => node.Clock.Advance(TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public async Task Run_StandsStill_IsNotAlive()
    {
        using var node = new Node(FakeLimiter.Watts("rapl:package-0", 5, 65));
        await node.StepAsync();
        Assert.True(node.Loop.IsAlive);
        node.Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.False(node.Loop.IsAlive);
    }

    /// <summary>A node that draws far less at full load than its table says, until its clocks are above the table's choice.</summary>
    private static async Task<Frequency> TrimUpAsync(Node node)
    {
        await node.GrantAsync(6, safe: 6);
        for (var i = 0; i < 12; i++)
        {
            node.Publish(watts: 2.5, package: 0, use: 0.95);
            await node.KeepAsync(6, seconds: 0.5);
        }
        return node.Limiters[0].Held.Frequency!.Value;
    }

    private static Power W(double watts) => Power.FromWatts(watts);
}
