using Homelab.NodeAgent.Uplink;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Uplink;

public sealed class HostAddressesTests
{
    private const string Trie = """
        Main:
          +-- 0.0.0.0/0 3 0 5
             |-- 0.0.0.0
                /0 universe UNICAST
             +-- 192.168.1.0/24 2 0 2
                |-- 192.168.1.0
                   /24 link UNICAST
                |-- 192.168.1.20
                   /32 host LOCAL
                |-- 192.168.1.255
                   /32 link BROADCAST
             |-- 169.254.10.1
                /32 host LOCAL
             |-- 127.0.0.1
                /32 host LOCAL
        Local:
          |-- 192.168.1.20
             /32 host LOCAL
        """;

    private const string Sixth = """
        fe800000000000000a1b2cfffe3d4e5f 02 40 20 80     eth0
        00000000000000000000000000000001 01 80 10 80       lo
        20010db8000000000000000000000020 02 40 00 80     eth0
        garbage
        """;

    [Fact]
    public void Read_KernelTables_AreTheMachinesOwnAddresses()
    {
        using var host = FixtureHost.Of(("/proc/net/fib_trie", Trie), ("/proc/net/if_inet6", Sixth));

        Assert.Equal(["192.168.1.20", "2001:db8::20"], HostAddresses.Read(host.Root));
    }

    [Fact]
    public void Read_NoTables_IsEmpty()
    {
        using var host = FixtureHost.Of();

        Assert.Empty(HostAddresses.Read(host.Root));
    }
}
