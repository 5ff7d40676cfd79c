using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Machine;

namespace Homelab.NodeAgent.Sensors.Tests.Machine;

public sealed class ProcessorNameTests
{
    [Theory]
    [InlineData("model name\t: Intel(R) N100\n", "Intel N100")]
    [InlineData("model name\t: AMD  Ryzen(TM) 9   8945HS\n", "AMD Ryzen 9 8945HS")]
    [InlineData("CPU implementer\t: 0x41\nCPU part\t: 0xd05\nCPU part\t: 0xd0b\nCPU part\t: 0xd0b\n", "1× Cortex-A55 + 2× Cortex-A76")]
    [InlineData("CPU implementer\t: 0x61\nCPU part\t: 0x022\n", "1× core 0x61/0x022")]
    [InlineData("", "")]
    public void From_CpuInfo_NamesTheProcessor(string text, string name) => Assert.Equal(name, ProcessorName.From(text));

    [Fact]
    public void From_AnyText_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>>(static text => ProcessorName.From("model name : " + text.Get).Length <= 128 || !text.Get.Contains('\n', StringComparison.Ordinal)));
}
