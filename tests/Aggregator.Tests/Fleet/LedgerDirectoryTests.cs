using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class LedgerDirectoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-ledger-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_ThenAnotherProcessReads_FindsTheBytes()
    {
        using (var first = new LedgerDirectory(_folder))
            new EnergyLedgerFile(first).Store(EnergyLedger.Empty.Count(Sample.Node(), Sample.Instance(), Energy.FromJoules(9)).Ledger);

        using var second = new LedgerDirectory(_folder);
        Assert.Equal(Energy.FromJoules(9), new EnergyLedgerFile(second).Open().Ledger.FleetTotal);
    }

    [Fact]
    public void Write_ShorterBytes_LeavesNoTail()
    {
        using var folder = new LedgerDirectory(_folder);
        folder.Write(0, [1, 2, 3, 4]);
        folder.Write(0, [5]);

        Assert.Equal([5], folder.Read(0)!);
        Assert.Null(folder.Read(1));
    }

    [Fact]
    public void Constructor_FolderHeldByAnother_Throws()
    {
        using var first = new LedgerDirectory(_folder);

        Assert.Throws<IOException>(() => new LedgerDirectory(_folder));
    }

    [Fact]
    public void Constructor_MissingFolder_MakesItPrivate()
    {
        if (OperatingSystem.IsWindows())
            return;
        var nested = Path.Combine(_folder, "a", "b");
        using var made = new LedgerDirectory(nested);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(nested));
    }

    [Fact]
    public void SetAside_Twice_KeepsBoth()
    {
        using var folder = new LedgerDirectory(_folder);
        folder.Write(0, [1]);
        var first = folder.SetAside(0);
        folder.Write(0, [2]);
        var second = folder.SetAside(0);

        Assert.Equal([1], File.ReadAllBytes(first));
        Assert.Equal([2], File.ReadAllBytes(second));
        Assert.Null(folder.Read(0));
    }
}
