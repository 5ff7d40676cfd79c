using FsCheck;
using FsCheck.Fluent;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class DeviceNamesTests
{
    [Fact]
    public void Claim_SameNameAgain_NumbersIt()
    {
        var names = new DeviceNames();

        Assert.Equal(["a", "a#2", "b", "a#3"], new[] { "a", "a", "b", "a" }.Select(names.Claim));
    }

    [Fact]
    public void Claim_AnyNames_AreUnique() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Elements("a", "a#2", "a#2#2", "a#3", "b").ListOf().ToArbitrary(),
        wanted =>
        {
            var names = new DeviceNames();
            return wanted.Select(names.Claim).Distinct().Count() == wanted.Count;
        }));
}
