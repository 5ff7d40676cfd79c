using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class Crc32Tests
{
    [Fact]
    public void Of_CheckString_IsThePublishedValue() => Assert.Equal(0xCBF43926u, Crc32.Of("123456789"u8));

    [Fact]
    public void Of_NoBytes_IsZero() => Assert.Equal(0u, Crc32.Of([]));
}
