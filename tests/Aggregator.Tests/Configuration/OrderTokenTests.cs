using Homelab.Aggregator.Configuration;

namespace Homelab.Aggregator.Tests.Configuration;

public sealed class OrderTokenTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Fact]
    public void Load_GoodFile_KnowsItsTokenAndNoOther()
    {
        Write("0123456789abcdef\n", UnixFileMode.UserRead);
        var token = OrderToken.Load(_file)!;

        Assert.True(token.Is("0123456789abcdef"));
        Assert.False(token.Is("0123456789abcdeF"));
        Assert.False(token.Is("0123456789abcdef0"));
        Assert.False(token.Is(""));
    }

    [Fact]
    public void Load_NoFileNamed_IsNoToken() => Assert.Null(OrderToken.Load(""));

    [Theory]
    [InlineData("short", UnixFileMode.UserRead, "no token")]
    [InlineData("", UnixFileMode.UserRead, "no token")]
    [InlineData("0123456789abcdef", UnixFileMode.UserRead | UnixFileMode.OtherRead, "every user")]
    public void Load_FileThatWillNotDo_SaysWhy(string text, UnixFileMode mode, string complaint)
    {
        Write(text, mode);

        Assert.Contains(complaint, OrderToken.Complaint(_file), StringComparison.Ordinal);
        Assert.Contains(complaint, Assert.Throws<ConfigException>(() => OrderToken.Load(_file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Complaint_MissingFile_NamesIt() => Assert.Contains("/nowhere/token", OrderToken.Complaint("/nowhere/token"), StringComparison.Ordinal);

    public void Dispose() => File.Delete(_file);

    private void Write(string text, UnixFileMode mode)
    {
        File.WriteAllText(_file, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_file, mode);
    }
}
