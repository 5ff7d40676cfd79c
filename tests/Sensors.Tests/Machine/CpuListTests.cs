using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Machine;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class CpuListTests
{
    [Theory]
    [InlineData("0", 1)]
    [InlineData("0-3", 4)]
    [InlineData("0-3,8,10-11", 7)]
    [InlineData("", 0)]
    [InlineData("3-1", 0)]
    [InlineData("0-1,3-", 0)]
    [InlineData("0-99999999", 0)]
    public void Count_KernelList_CountsItsCpus(string list, int count) => Assert.Equal(count, CpuList.Count(list));

    [Fact]
    public void Count_AnyText_IsNeverNegative() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(static text => CpuList.Count(text.Get) >= 0));
}
