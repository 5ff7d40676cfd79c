using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

public sealed class StateFolderTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("state-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Save_OverAnOlderText_ReplacesItAndLeavesNothingBeside()
    {
        var files = new PosixStateFiles();
        var path = Path.Combine(_folder.FullName, "lease");
        Assert.Equal(0, files.Save(path, "a longer text"u8));
        Assert.Equal(0, files.Save(path, "short"u8));
        Assert.Equal("short"u8.ToArray(), files.Load(path, out _));
        Assert.Equal([path], _folder.GetFiles().Select(file => file.FullName));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void Save_InterruptedBeforeTheRename_LeavesTheOldText()
    {
        var files = new PosixStateFiles();
        var path = Path.Combine(_folder.FullName, "lease");
        files.Save(path, "old"u8);
        // What a kill between the two leaves behind.
        File.WriteAllText(path + ".new", "half a n");
        Assert.Equal("old"u8.ToArray(), files.Load(path, out _));
        Assert.Equal(0, files.Save(path, "new"u8));
        Assert.Equal("new"u8.ToArray(), files.Load(path, out _));
    }

    [Fact]
    public void Load_ALongFile_IsWhole()
    {
        var path = Path.Combine(_folder.FullName, "long");
        var text = new byte[200_000];
        Array.Fill(text, (byte)'x');
        Assert.Equal(0, new PosixStateFiles().Save(path, text));
        Assert.Equal(text, new PosixStateFiles().Load(path, out _));
    }

    [Theory]
    [InlineData("missing/lease", Errno.NoEntry)]
    [InlineData("file/lease", Errno.NotDirectory)]
    public void Save_WhereNoFolderIs_AnswersTheErrno(string path, int errno)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "file"), "");
        Assert.Equal(-errno, new PosixStateFiles().Save(Path.Combine(_folder.FullName, path), "text"u8));
    }

    [Fact]
    public void LeaseStore_SavedAndOpenedAgain_IsTheSame()
    {
        var store = LeaseStore.Open(_folder.FullName, new PosixStateFiles());
        Assert.Equal((null, null), (store.Stored, store.Problem));
        var lease = new StoredLease(ulong.MaxValue, 7, Power.FromWatts(9.25), Power.FromWatts(6.5));
        Assert.Null(store.Save(lease));
        Assert.Equal(lease, LeaseStore.Open(_folder.FullName, new PosixStateFiles()).Stored);
        Assert.Null(store.Save(lease with { SafeShare = null }));
        Assert.Null(LeaseStore.Open(_folder.FullName, new PosixStateFiles()).Stored!.Value.SafeShare);
    }

    [Fact]
    public void LeaseStore_WithoutALearnedBase_ReadsAsNone()
    {
        var store = LeaseStore.Open(_folder.FullName, new PosixStateFiles());
        Assert.Null(store.Save(new StoredLease(3, 4, Power.FromWatts(9))));
        Assert.Equal(new StoredLease(3, 4, Power.FromWatts(9)), LeaseStore.Open(_folder.FullName, new PosixStateFiles()).Stored);
    }

    [Fact]
    public void LeaseStore_OnAFullDisk_KeepsTheOldMemoryAndSaysSo()
    {
        var disk = new FakeStateFiles();
        var store = LeaseStore.Open("/state", disk);
        store.Save(new StoredLease(1, 1, null));
        disk.Errno = Errno.NoSpace;
        Assert.Contains("ENOSPC", store.Save(new StoredLease(2, 1, null)), StringComparison.Ordinal);
        Assert.Equal((1ul, true), (store.Stored!.Value.Epoch, store.Problem is not null));
        disk.Errno = 0;
        Assert.Null(store.Save(new StoredLease(1, 1, null)));
        Assert.Null(store.Problem);
    }

    [Fact]
    public void LeaseStore_SameLeaseAgain_SavesNothing()
    {
        var disk = new FakeStateFiles();
        var store = LeaseStore.Open("/state", disk);
        store.Save(new StoredLease(1, 1, null));
        store.Save(new StoredLease(1, 1, null));
        Assert.Equal(1, disk.Saves);
    }

    [Theory]
    [InlineData("")]
    [InlineData("homelab-lease 1\nepoch 1\nsequence 2\nsafe-share-microwatts 5\nend 3 00000000\n")]
    [InlineData("garbage")]
    public void LeaseStore_DamagedFile_HasAProblemAndNoMemory(string text)
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "lease"), text);
        var store = LeaseStore.Open(_folder.FullName, new PosixStateFiles());
        Assert.Null(store.Stored);
        Assert.Contains("damaged", store.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void LeaseStore_SealedNonsense_HasAProblem()
    {
        var disk = new FakeStateFiles { ["/state/lease"] = SealedLines.Seal("homelab-lease 1", ["epoch -1", "sequence 1", "safe-share-microwatts 1"]) };
        Assert.Contains("holds no lease", LeaseStore.Open("/state", disk).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void HardwareLock_TakenTwice_SecondIsRefusedUntilTheFirstLetsGo()
    {
        using var host = FixtureHost.Of(("/sys/", ""));
        using (var first = HardwareLock.TryTake(host.Root, _folder.FullName, out var problem))
        {
            Assert.NotNull(first);
            Assert.Null(problem);
            Assert.Null(HardwareLock.TryTake(host.Root, _folder.FullName, out problem));
            Assert.Contains("another homelab-agent holds", problem, StringComparison.Ordinal);
        }
        using var second = HardwareLock.TryTake(host.Root, _folder.FullName, out _);
        Assert.NotNull(second);
    }

    [Fact]
    public void HardwareLock_AnotherStateFolderOfTheSameMachine_IsRefused()
    {
        using var host = FixtureHost.Of(("/sys/", ""));
        using var other = FixtureHost.Of(("/sys/", ""));
        var elsewhere = _folder.CreateSubdirectory("other").FullName;
        using var first = HardwareLock.TryTake(host.Root, _folder.FullName, out _);
        Assert.Null(HardwareLock.TryTake(host.Root, elsewhere, out var problem));
        Assert.Contains("another state folder", problem, StringComparison.Ordinal);
        using var second = HardwareLock.TryTake(other.Root, elsewhere, out _);
        Assert.NotNull(second);
    }

    [Fact]
    public void HardwareLock_WithoutAStateFolder_SaysWhatToDo()
    {
        using var host = FixtureHost.Of(("/sys/", ""));
        Assert.Null(HardwareLock.TryTake(host.Root, Path.Combine(_folder.FullName, "missing"), out var problem));
        Assert.Contains("ENOENT: no lock can be taken", problem, StringComparison.Ordinal);
    }
}
