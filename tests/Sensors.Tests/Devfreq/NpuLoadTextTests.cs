using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Devfreq;

namespace Homelab.NodeAgent.Sensors.Tests.Devfreq;

public sealed class NpuLoadTextTests
{
    [Fact]
    public void TryPercent_AnyShares_RoundTrips() => Check.QuickThrowOnFailure(Prop.ForAll<byte, byte, byte>(static (first, second, third) =>
    {
        var text = Encoding.ASCII.GetBytes(FormattableString.Invariant($"NPU load:  Core0: {first,2}%, Core1: {second,2}%, Core2: {third,2}%,\n"));
        return NpuLoadText.CountCores(text) == 3
            && NpuLoadText.TryPercent(text, 0, out var zero) && zero == first
            && NpuLoadText.TryPercent(text, 1, out var one) && one == second
            && NpuLoadText.TryPercent(text, 2, out var two) && two == third;
    }));

    [Theory]
    [InlineData("NPU load:  Core0: 5, Core1: 7%,")]
    [InlineData("NPU load:  Core0: 5")]
    [InlineData("NPU load:  Core0: 5x%")]
    [InlineData("NPU load:  Core0:  %, Core1: 7%,")]
    public void TryPercent_NumberWithoutItsSign_IsNoShare(string text) =>
        Assert.False(NpuLoadText.TryPercent(Encoding.ASCII.GetBytes(text), 0, out _));

    [Fact]
    public void TryPercent_AnyBytes_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(static bytes =>
    {
        byte[] text = [.. "NPU load: Core0:"u8, .. bytes];
        return NpuLoadText.CountCores(text) <= 8 && (NpuLoadText.TryPercent(text, 0, out _) | NpuLoadText.TryPercent(bytes, null, out _) | true);
    }));
}
