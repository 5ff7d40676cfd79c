using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class BoardTableTests
{
    [Theory]
    [InlineData("Turing Machines RK1", "turing-rk1", 2.85, 15)]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4", "raspberry-pi-4", 1.6, 5)]
    [InlineData("Raspberry Pi 400 Rev 1.0", "raspberry-pi-400", 2.7, 5.2)]
    [InlineData("Raspberry Pi 5 Model B Rev 1.0", "raspberry-pi-5", 2.8, 9.7)]
    [InlineData("Raspberry Pi Compute Module 4 Rev 1.1", "raspberry-pi-cm4", 2.5, 4.6)]
    [InlineData("GMKtec NucBox G3 Plus", "nucbox-g3-plus", 9.3, 25)]
    public void Find_AKnownBoard_GivesItsMeasuredWatts(string board, string word, double idle, double max)
    {
        var model = BoardTable.Find(board, "", "arm64", 4);

        Assert.Equal((word, Power.FromWatts(idle), Power.FromWatts(max), 0.5), (model.Board, model.Idle, model.Max, model.Uncertainty));
    }

    [Theory]
    [InlineData("Raspberry Pi 3 Model B Rev 1.2", "", "raspberry-pi-3", 3.1, 5.6)]
    [InlineData("Raspberry Pi Zero 2 W Rev 1.0", "", "raspberry-pi-zero-2", 1.2, 3.7)]
    [InlineData("Some Mini PC", "Intel N100", "intel-n100", 8, 21.9)]
    [InlineData("Some Mini PC", "Intel Processor N97", "intel-n97", 8, 21.9)]
    public void Find_ABoardOfAMeasuredChip_GivesTheKinsWattsWithMoreUncertainty(string board, string processor, string word, double idle, double max)
    {
        var model = BoardTable.Find(board, processor, "", 4);

        Assert.Equal((word, Power.FromWatts(idle), Power.FromWatts(max), 0.65), (model.Board, model.Idle, model.Max, model.Uncertainty));
    }

    /// <summary>Of geerlingguy/sbc-reviews: watts at the plug at rest, and with stress-ng on all processors; for boards that the table names the most of any of its loads.</summary>
    [Theory]
    [InlineData("Turing Machines RK1", "arm64", 8, 2.85, 18.1)]
    [InlineData("Raspberry Pi Compute Module 5 Rev 1.0", "arm64", 4, 2.4, 9.4)]
    [InlineData("Raspberry Pi Compute Module 4 Rev 1.1", "arm64", 4, 2.5, 5.2)]
    [InlineData("Raspberry Pi 500 Rev 1.0", "arm64", 4, 3.1, 11)]
    [InlineData("Raspberry Pi 500+ Rev 1.0", "arm64", 4, 2.9, 12.9)]
    [InlineData("Raspberry Pi 5 Model B Rev 1.0", "arm64", 4, 2.8, 13.8)]
    [InlineData("Raspberry Pi 400 Rev 1.0", "arm64", 4, 2.7, 6.4)]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4", "arm64", 4, 1.6, 7.2)]
    [InlineData("Raspberry Pi 3 Model B Plus Rev 1.3", "arm64", 4, 3.1, 5.6)]
    [InlineData("Raspberry Pi Compute Module 0 Rev 1.0", "arm64", 4, 1.2, 3.7)]
    [InlineData("Orange Pi 5 Max", "arm64", 8, 1.4, 12.8)]
    [InlineData("Orange Pi 5", "arm64", 8, 1, 11.5)]
    [InlineData("OrangePi Zero 2W / Orange Pi Zero 2W", "arm64", 4, 1.12, 2.4)]
    [InlineData("Radxa ROCK 5 Model B", "arm64", 8, 3.6, 17)]
    [InlineData("Radxa ROCK 5C", "arm64", 8, 1.6, 12.4)]
    [InlineData("Radxa X4", "amd64", 4, 9.1, 21.2)]
    [InlineData("Radxa CM5", "arm64", 8, 1.2, 10)]
    [InlineData("LattePanda Mu", "amd64", 4, 5.5, 25)]
    [InlineData("GMKtec NucBox G3 Plus", "amd64", 4, 9.3, 28.5)]
    [InlineData("StarFive VisionFive 2 v1.2A", "riscv64", 4, 3.1, 5.3)]
    [InlineData("SiFive HiFive Premier P550", "riscv64", 4, 7.2, 9.2)]
    [InlineData("OptiPlex 780", "amd64", 4, 66, 180)]
    [InlineData("CIX P1", "arm64", 12, 7.9, 26.5)]
    [InlineData("Dell Pro Max with GB10", "arm64", 20, 31.5, 127.1)]
    [InlineData("Minisforum MS-R1", "arm64", 12, 17, 30.3)]
    [InlineData("Radxa Orion O6", "arm64", 12, 14.2, 24.9)]
    [InlineData("Radxa Dragon Q6A", "arm64", 8, 2.9, 9.3)]
    [InlineData("Arduino UNO Q", "arm64", 4, 0.5, 1.9)]
    [InlineData("Xunlong RK3566", "arm64", 4, 1.7, 2.9)]
    [InlineData("Banana Pi BPI-CM4", "arm64", 6, 1.8, 4.1)]
    [InlineData("Libre Computer AML-S905X-CC", "arm64", 4, 1.3, 2.4)]
    [InlineData("System76 Thelio Astra", "arm64", 128, 103, 357)]
    [InlineData("Ampere Altra Developer Platform", "arm64", 96, 85, 242)]
    [InlineData("Framework Desktop", "amd64", 32, 12.5, 154.7)]
    [InlineData("Framework Laptop 13", "amd64", 24, 2.7, 46.7)]
    [InlineData("Core Ultra 7 265K", "amd64", 20, 34.5, 244.5)]
    public void Find_AMachineOfTheReviews_DrawsWhatItsModelSaysWithinTheStatedUncertainty(string board, string architecture, int cpus, double idle, double peak)
    {
        var model = BoardTable.Find(board, "", architecture, cpus);

        Assert.InRange(idle, model.Idle.Watts * (1 - model.Uncertainty), model.Idle.Watts * (1 + model.Uncertainty));
        Assert.InRange(peak, model.Max.Watts * (1 - model.Uncertainty), model.Max.Watts * (1 + model.Uncertainty));
    }

    [Fact]
    public void Find_AnUnknownBoard_FallsToArchitectureWithMoreUncertainty()
    {
        var small = BoardTable.Find("", "", "arm64", 4);
        var large = BoardTable.Find("Some PC", "Intel Core i5-N1000", "amd64", 16);

        Assert.Equal(("generic-arm64", "generic-amd64"), (small.Board, large.Board));
        Assert.True(large.Max > small.Max);
        Assert.Equal(1, small.Uncertainty);
    }

    [Fact]
    public void Find_NothingKnownAtAll_StillGivesAFigure()
    {
        var model = BoardTable.Find("", "", "", 0);

        Assert.Equal("generic-unknown", model.Board);
        Assert.True(model.Max > model.Idle);
    }
}
