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

    [Fact]
    public void Find_AnUnknownBoard_FallsToArchitectureWithMoreUncertainty()
    {
        var small = BoardTable.Find("", "", "arm64", 4);
        var large = BoardTable.Find("Some PC", "Intel Core i5-N1000", "amd64", 16);

        Assert.Equal(("generic-arm64", "generic-amd64"), (small.Board, large.Board));
        Assert.True(large.Max > small.Max);
        Assert.Equal(0.8, small.Uncertainty);
    }

    [Fact]
    public void Find_NothingKnownAtAll_StillGivesAFigure()
    {
        var model = BoardTable.Find("", "", "", 0);

        Assert.Equal("generic-unknown", model.Board);
        Assert.True(model.Max > model.Idle);
    }
}
