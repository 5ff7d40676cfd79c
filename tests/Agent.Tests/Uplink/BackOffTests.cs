using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Uplink;

namespace Homelab.NodeAgent.Tests.Uplink;

public class BackOffTests
{
    [Theory]
    [InlineData(0, 0, 0.5)]
    [InlineData(0, 0.999999, 1)]
    [InlineData(1, 0.5, 1.25)]
    [InlineData(3, 0.5, 2.25)]
    [InlineData(40, 0.999999, 4)]
    public void Delay_FailuresAndChance_SpreadsUpToADoublingBound(int failures, double random, double seconds)
    {
        Assert.Equal(seconds, BackOff.Delay(failures, random).TotalSeconds, 3);
    }

    [Fact]
    public void Delay_Always_LiesBetweenHalfASecondAndFour()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<int, NormalFloat>((failures, chance) =>
        {
            var random = Math.Abs(chance.Get % 1);
            var delay = BackOff.Delay(failures, random);
            return delay >= BackOff.Least && delay <= BackOff.Most;
        }));
    }
}
