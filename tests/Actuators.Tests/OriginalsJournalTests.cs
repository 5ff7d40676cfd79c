using FsCheck;
using FsCheck.Fluent;
using static Homelab.NodeAgent.Actuators.Machines;

namespace Homelab.NodeAgent.Actuators;

public sealed class OriginalsJournalTests
{
    private const string Folder = "/state";
    private const string Boot = "9d0c2a44-6c1b-4f0e-9f4e-0e1e2d3c4b5a";

    [Fact]
    public void Record_BeforeTheFirstWrite_IsDurable()
    {
        var order = new List<string>();
        var hardware = Intel(withMmio: false).AfterWrite(Msr + LongLimit, () => order.Add("write"));
        var disk = new FakeStateFiles { OnSave = () => order.Add("save") };
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        var limiter = LimiterCatalog.Discover(hardware.Root, new GuardedFiles(hardware.Root, hardware, journal), journal)[0];

        Assert.Null(journal.Record(limiter.Originals()));
        limiter.Apply(Watts(7));
        Assert.Equal(["save", "write"], order);
    }

    [Fact]
    public void Write_WithoutADurableOriginal_IsRefusedByTheGuard()
    {
        var hardware = Intel(withMmio: false);
        var journal = OriginalsJournal.Open(Folder, Boot, new FakeStateFiles());
        var limiter = LimiterCatalog.Discover(hardware.Root, new GuardedFiles(hardware.Root, hardware, journal), journal)[0];

        var reading = limiter.Apply(Watts(7)).Reading;
        Assert.Empty(hardware.Writes);
        Assert.Equal((LimiterState.Faulted, Watts(10)), (reading.State, reading.Effective));
        Assert.Contains("original value is not stored durably", reading.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Errno.NoSpace, "ENOSPC: the disk is full")]
    [InlineData(Errno.ReadOnlyFileSystem, "EROFS: the state folder is read-only")]
    public void Record_OnADiskThatTakesNothing_SaysSoAndNothingMayBeWritten(int errno, string problem)
    {
        var hardware = Intel();
        var disk = new FakeStateFiles { Errno = errno };
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        var limiter = LimiterCatalog.Discover(hardware.Root, new GuardedFiles(hardware.Root, hardware, journal), journal)[0];

        Assert.Contains(problem, journal.Record(limiter.Originals()), StringComparison.Ordinal);
        Assert.NotNull(journal.Problem);
        limiter.Apply(Watts(7));
        Assert.Empty(hardware.Writes);

        disk.Errno = 0;
        Assert.Null(journal.Record(limiter.Originals()));
        Assert.Null(journal.Problem);
    }

    [Fact]
    public void Record_DiskFillsUpLater_KeepsWhatWasDurable()
    {
        var disk = new FakeStateFiles();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        journal.Record([new OriginalValue("/sys/a", "1")]);
        disk.Errno = Errno.NoSpace;
        Assert.NotNull(journal.Record([new OriginalValue("/sys/b", "2")]));
        Assert.Equal(("1", null), (journal.Original("/sys/a"), journal.Original("/sys/b")));
        Assert.Equal(["/sys/a"], OriginalsJournal.Open(Folder, Boot, disk).Values.Select(value => value.Key));
    }

    [Fact]
    public void Record_AfterKillMinusNine_KeepsTheFirstValueNotOurCap()
    {
        var (hardware, disk) = (Intel(), new FakeStateFiles());
        var before = hardware.Snapshot();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        var limiter = hardware.Limiters(journal)[0];
        journal.Record(limiter.Originals());
        limiter.Apply(Watts(5));

        // The process is gone; a new one finds the machine at our cap.
        var again = OriginalsJournal.Open(Folder, Boot, disk);
        var found = hardware.Limiters(again)[0];
        Assert.Null(again.Record(found.Originals()));
        Assert.Equal("10000000\n", again.Original(Msr + LongLimit));
        Assert.Equal((Watts(5), Watts(10)), (found.Read().Effective, found.Read().Most));

        Assert.Empty(again.Restore(new FileOriginals(hardware.Root, hardware)).Failures);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void Restore_AfterAKillAtAnyWrite_LeavesTheMachineAsItCame()
    {
        for (var writes = 0; ; writes++)
        {
            var (hardware, disk) = (Everything(), new FakeStateFiles());
            var before = hardware.Snapshot();
            hardware.KillAfter = writes;
            var wasKilled = false;
            try
            {
                HoldAll(hardware, OriginalsJournal.Open(Folder, Boot, disk));
            }
            catch (KilledException)
            {
                wasKilled = true;
            }
            hardware.KillAfter = null;
            Assert.Equal(writes > 0, !before.SequenceEqual(hardware.Snapshot()));

            // The next process holds for a while too, and then lets go.
            HoldAll(hardware, OriginalsJournal.Open(Folder, Boot, disk));
            Assert.Empty(OriginalsJournal.Open(Folder, Boot, disk).Restore(new FileOriginals(hardware.Root, hardware)).Failures);
            Assert.Equal(before, hardware.Snapshot());
            if (!wasKilled)
                return;
        }
    }

    private static FakeHardware Everything() => Intel().Policy(0, 800000, 3001000, "acpi-cpufreq").With(CpuFolder + "/boost", "1")
        .With("/sys/class/hwmon/hwmon1/name", "amdgpu").With("/sys/class/hwmon/hwmon1/power1_cap", "200000000").With("/sys/class/hwmon/hwmon1/power1_average", "150000000")
        .With("/sys/class/hwmon/hwmon1/device/power_dpm_force_performance_level", "auto")
        .With("/sys/class/hwmon/hwmon2/name", "xe").With("/sys/class/hwmon/hwmon2/power1_max", "0").With("/sys/class/hwmon/hwmon2/power1_rated_max", "190000000")
        .With("/sys/class/devfreq/dmc/available_frequencies", "528000000 2112000000").With("/sys/class/devfreq/dmc/max_freq", "2112000000");

    private static void HoldAll(FakeHardware hardware, OriginalsJournal journal)
    {
        var limiters = LimiterCatalog.Discover(hardware.Root, new GuardedFiles(hardware.Root, hardware, journal), journal);
        Assert.Equal(5, limiters.Count);
        foreach (var limiter in limiters)
        {
            Assert.Null(journal.Record(limiter.Originals()));
            limiter.Apply(limiter.Read().Least);
            limiter.Read();
        }
    }

    [Fact]
    public void Apply_NothingAfterKillMinusNine_RestoresFromTheJournal()
    {
        var (hardware, disk) = (Intel(), new FakeStateFiles());
        var before = hardware.Snapshot();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        var limiter = hardware.Limiters(journal)[0];
        journal.Record(limiter.Originals());
        limiter.Apply(Watts(5));

        hardware.Limiters(OriginalsJournal.Open(Folder, Boot, disk))[0].Apply(default);
        Assert.Equal(before, hardware.Snapshot());
    }

    [Fact]
    public void Record_KnownValues_SavesNothing()
    {
        var disk = new FakeStateFiles();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        journal.Record([new OriginalValue("/sys/a", "1"), new OriginalValue("/sys/a", "2")]);
        journal.Record([new OriginalValue("/sys/a", "3")]);
        Assert.Equal(1, disk.Saves);
        Assert.Equal([new OriginalValue("/sys/a", "1")], journal.Values);
    }

    [Fact]
    public void Restore_InTheOrderRecorded_WritesOnlyWhatDiffers()
    {
        var hardware = new FakeHardware().With("/sys/a", "5").With("/sys/b", "2").With("/sys/c", "7");
        var disk = new FakeStateFiles();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        journal.Record([new OriginalValue("/sys/c", "3\n"), new OriginalValue("/sys/b", "2\n"), new OriginalValue("/sys/a", "1\n")]);

        var report = journal.Restore(new FileOriginals(hardware.Root, hardware));
        Assert.Equal(["/sys/c=3", "/sys/a=1"], hardware.Writes);
        Assert.Equal((3, 0, null), (report.Restored.Count, report.Failures.Count, report.Problem));
        Assert.Empty(journal.Values);
        Assert.Empty(OriginalsJournal.Open(Folder, Boot, disk).Values);
    }

    [Fact]
    public void Restore_WhatCanNotBeRestored_StaysAndIsReported()
    {
        var hardware = new FakeHardware().With("/sys/a", "5").With("/sys/b", "5").With("/sys/c", "5").FailWrites("/sys/a", Errno.NoData).Deafen("/sys/b");
        var disk = new FakeStateFiles();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        journal.Record([.. "abcd".Select(letter => new OriginalValue($"/sys/{letter}", "1\n")), new OriginalValue("nvml:GPU-1/power-limit", "200000")]);
        var writer = new FileOriginals(hardware.Root, hardware);

        var report = journal.Restore(writer);
        Assert.Equal(["/sys/c"], report.Restored.Select(value => value.Key));
        Assert.Collection(
            report.Failures,
            failure => Assert.StartsWith("/sys/a: ENODATA on write: the driver refuses", failure.Why, StringComparison.Ordinal),
            failure => Assert.Equal("/sys/b: holds 5 after 1 was written back: something else writes it", failure.Why),
            failure => Assert.StartsWith("/sys/d: ENOENT on read: the device is not there", failure.Why, StringComparison.Ordinal),
            failure => Assert.StartsWith("nvml:GPU-1/power-limit: nothing on this machine writes", failure.Why, StringComparison.Ordinal));

        var again = OriginalsJournal.Open(Folder, Boot, disk);
        Assert.Equal(4, again.Values.Count);
        hardware.FailWrites("/sys/a", 0).Drive("/sys/b", static (_, asked) => asked);
        Assert.Equal(2, again.Restore(writer).Failures.Count);
        Assert.Equal(("1", "1"), (hardware["/sys/a"], hardware["/sys/b"]));
    }

    [Fact]
    public void Restore_ACeilingThatCoolingHoldsLower_CountsAsRestored()
    {
        var hardware = Rk1();
        hardware[Ceiling(0)] = "1008000";
        hardware.View(Ceiling(0), static _ => "816000");
        var journal = OriginalsJournal.Open(Folder, Boot, new FakeStateFiles());
        journal.Record([new OriginalValue(Ceiling(0), "1800000\n")]);
        Assert.Empty(journal.Restore(new FileOriginals(hardware.Root, hardware)).Failures);
        Assert.Equal("1800000", hardware[Ceiling(0)]);
    }

    [Fact]
    public void Restore_WithADiskThatIsFull_StillRestoresTheHardware()
    {
        var hardware = new FakeHardware().With("/sys/a", "5");
        var disk = new FakeStateFiles();
        var journal = OriginalsJournal.Open(Folder, Boot, disk);
        journal.Record([new OriginalValue("/sys/a", "1\n")]);
        disk.Errno = Errno.NoSpace;
        var report = journal.Restore(new FileOriginals(hardware.Root, hardware));
        Assert.Contains("ENOSPC", report.Problem, StringComparison.Ordinal);
        Assert.Equal("1", hardware["/sys/a"]);
        Assert.Single(OriginalsJournal.Open(Folder, Boot, disk).Values);
    }

    [Fact]
    public void Open_ATornOrEditedFile_RefusesToEnforce()
    {
        var disk = new FakeStateFiles();
        OriginalsJournal.Open(Folder, Boot, disk).Record([new OriginalValue("/sys/a", "100"), new OriginalValue("/sys/b", "2")]);
        var path = disk.Paths.Single();
        var whole = disk[path];
        for (var length = 0; length < whole.Length; length++)
        {
            disk[path] = whole[..length];
            Assert.NotNull(OriginalsJournal.Open(Folder, Boot, disk).Problem);
        }
        for (var at = 0; at < whole.Length; at++)
        {
            disk[path] = [.. whole];
            disk[path][at] ^= 1;
            var journal = OriginalsJournal.Open(Folder, Boot, disk);
            Assert.Contains("checksum does not fit", journal.Problem, StringComparison.Ordinal);
            Assert.NotNull(journal.Record([new OriginalValue("/sys/c", "1")]));
        }
    }

    [Fact]
    public void Open_WhatWasRecorded_ComesBackWhateverTheText() => Check.QuickThrowOnFailure(Prop.ForAll((NonNull<string>[] texts) =>
    {
        var disk = new FakeStateFiles();
        // Half a surrogate has no UTF-8.
        var values = texts.Select((text, i) => new OriginalValue($"/sys/{i}\t\n\\", string.Concat(text.Get.Where(c => !char.IsSurrogate(c))))).ToArray();
        OriginalsJournal.Open(Folder, Boot, disk).Record(values);
        return OriginalsJournal.Open(Folder, Boot, disk).Values.SequenceEqual(values);
    }));

    [Fact]
    public void Open_AfterAReboot_DiscardsTheJournalOfTheOtherBoot()
    {
        var folder = Directory.CreateTempSubdirectory("originals-");
        try
        {
            OriginalsJournal.Open(folder.FullName, "boot-1", new PosixStateFiles()).Record([new OriginalValue("/sys/a", "1")]);
            Assert.Single(OriginalsJournal.Open(folder.FullName, "boot-1\n", new PosixStateFiles()).Values);

            var journal = OriginalsJournal.Open(folder.FullName, "boot-2", new PosixStateFiles());
            Assert.Empty(journal.Values);
            Assert.Null(journal.Problem);
            Assert.Empty(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    public void Open_WithAnOddBootId_StaysInItsFolder(string? boot)
    {
        var disk = new FakeStateFiles();
        OriginalsJournal.Open(Folder, boot, disk).Record([new OriginalValue("/sys/a", "1")]);
        Assert.Equal(["/state/originals.any-boot"], disk.Paths);
    }

    [Fact]
    public async Task Original_WhileOthersRecord_IsTheFirstOrNothing()
    {
        var journal = OriginalsJournal.Open(Folder, Boot, new FakeStateFiles());
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var odd = 0;
            while (!stop.IsCancellationRequested)
                odd += journal.Original("/sys/7") is null or "7" ? 0 : 1;
            return odd;
        });
        var writers = Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
                journal.Record([new OriginalValue($"/sys/{i}", $"{i}")]);
        }));
        await Task.WhenAll(writers);
        await stop.CancelAsync();
        Assert.Equal(0, await reader);
        Assert.Equal(200, journal.Values.Count);
    }
}
