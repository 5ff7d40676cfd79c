namespace Homelab.RecordedHosts.Tests;

public sealed class AnsweredFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    private AnsweredFile Open()
    {
        File.WriteAllText(_path, "1000\n");
        return new AnsweredFile(_path, 1000, asked => asked is >= 100 and <= 2000 ? asked / 10 * 10 : null);
    }

    [Fact]
    public void Look_NothingWritten_LeavesTheFileAlone()
    {
        var file = Open();
        File.WriteAllText(_path, "1000\n");
        file.Look();
        Assert.Equal(1000, file.Value);
        Assert.Equal("1000\n", File.ReadAllText(_path));
    }

    [Theory]
    [InlineData("1230\n", 1230)]
    [InlineData("1230", 1230)]
    [InlineData("1239\n", 1230)]
    [InlineData(" 240 \n", 240)]
    [InlineData("450\n0\n", 450)]
    [InlineData("99\n", 1000)]
    [InlineData("-5\n", 1000)]
    [InlineData("soon\n", 1000)]
    [InlineData("99999999999999999999\n", 1000)]
    public void Look_Written_ShowsWhatTheMachineMadeOfIt(string written, long taken)
    {
        var file = Open();
        File.WriteAllText(_path, written);
        file.Look();
        Assert.Equal(taken, file.Value);
        Assert.Equal($"{taken}\n", File.ReadAllText(_path));
    }

    [Fact]
    public void Look_JustTruncated_WaitsForTheText()
    {
        var file = Open();
        File.WriteAllText(_path, "");
        file.Look();
        Assert.Equal("", File.ReadAllText(_path));
        File.WriteAllText(_path, "500\n");
        file.Look();
        Assert.Equal(500, file.Value);
    }

    [Fact]
    public void Look_AnotherFilePutInItsStead_IsTheOneThatCounts()
    {
        var file = Open();
        File.WriteAllText(_path + ".new", "777\n");
        File.Move(_path + ".new", _path, overwrite: true);
        file.Look();
        Assert.Equal(770, file.Value);
        Assert.Equal("770\n", File.ReadAllText(_path));
    }
}
