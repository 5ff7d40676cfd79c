using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Control;

public sealed class ControlInboxTests
{
    private readonly ControlInbox _inbox = new();

    [Fact]
    public async Task Take_PostFromAnotherThread_WakesTheWaiter()
    {
        var taking = Task.Factory.StartNew(() => _inbox.Take([]), default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _inbox.Post(Gone(1));

        Assert.Single((await taking.InTime())!);
    }

    [Fact]
    public void Take_Wake_GivesAnEmptyBatch()
    {
        _inbox.Wake();

        Assert.Empty(_inbox.Take([])!);
    }

    [Fact]
    public void Take_ClosedInbox_GivesWhatWaitsThenNull()
    {
        _inbox.Post(Gone(1));
        _inbox.Close();

        Assert.False(_inbox.Post(Gone(2), isVital: true));
        Assert.Single(_inbox.Take([])!);
        Assert.Null(_inbox.Take([]));
    }

    [Fact]
    public void Post_FullInbox_TakesOnlyWhatIsVital()
    {
        for (var i = 0; i < ControlInbox.MostWaiting; i++)
            Assert.True(_inbox.Post(Gone(i)));

        Assert.False(_inbox.Post(Gone(0)));
        Assert.True(_inbox.Post(Gone(0), isVital: true));
    }

    private static NodeGone Gone(long stream) => new(new StreamNumber(stream), Sample.Node(), default);
}
