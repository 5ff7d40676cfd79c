using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class ErrnoTests
{
    [Theory]
    [InlineData(1, "EPERM", Quality.Denied)]
    [InlineData(2, "ENOENT", Quality.Fault)]
    [InlineData(5, "EIO", Quality.Fault)]
    [InlineData(6, "ENXIO", Quality.Fault)]
    [InlineData(11, "EAGAIN", Quality.Fault)]
    [InlineData(13, "EACCES", Quality.Denied)]
    [InlineData(16, "EBUSY", Quality.Fault)]
    [InlineData(19, "ENODEV", Quality.Unsupported)]
    [InlineData(22, "EINVAL", Quality.Unsupported)]
    [InlineData(38, "ENOSYS", Quality.Unsupported)]
    [InlineData(61, "ENODATA", Quality.Unsupported)]
    [InlineData(95, "EOPNOTSUPP", Quality.Unsupported)]
    [InlineData(110, "ETIMEDOUT", Quality.Fault)]
    [InlineData(121, "EREMOTEIO", Quality.Fault)]
    [InlineData(999, "errno 999", Quality.Fault)]
    public void ToQuality_EachErrno_HasItsNameAndMeaning(int errno, string name, Quality quality)
    {
        Assert.Equal(name, Errno.Name(errno));
        Assert.Equal(quality, Errno.ToQuality(errno));
    }
}
