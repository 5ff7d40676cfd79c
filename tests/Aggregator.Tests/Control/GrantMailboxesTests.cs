using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Control;

public sealed class GrantMailboxesTests
{
    private readonly ManualClock _time = Sample.Clock();
    private readonly GrantMailboxes _mailboxes;

    public GrantMailboxesTests() => _mailboxes = new GrantMailboxes(_time);

    [Fact]
    public async Task Put_SeveralBeforeOneIsRead_OnlyTheNewestIsThere()
    {
        var box = _mailboxes.Open(Sample.Node(), new StreamNumber(1));
        for (var sequence = 1ul; sequence <= 100; sequence++)
            Assert.True(_mailboxes.Put(new StreamNumber(1), Posted(sequence)));

        Assert.Equal(100ul, (await box.TakeAsync(default).InTime()).Grant.Sequence);
        Assert.True(IsEmpty(box));
    }

    [Fact]
    public void Put_StreamThatLostItsNode_IsTurnedAway()
    {
        var old = _mailboxes.Open(Sample.Node(), new StreamNumber(1));
        var box = _mailboxes.Open(Sample.Node(), new StreamNumber(2));
        _mailboxes.Close(Sample.Node(), new StreamNumber(1));

        Assert.False(_mailboxes.Put(new StreamNumber(1), Posted(1)));
        Assert.True(_mailboxes.Put(new StreamNumber(2), Posted(2)));
        Assert.False(IsEmpty(box));
        Assert.True(IsEmpty(old));
    }

    [Fact]
    public void Open_StreamOlderThanTheHolder_DoesNotTakeOver()
    {
        _mailboxes.Open(Sample.Node(), new StreamNumber(2));
        _mailboxes.Open(Sample.Node(), new StreamNumber(1));

        Assert.False(_mailboxes.Put(new StreamNumber(1), Posted(1)));
        Assert.True(_mailboxes.Put(new StreamNumber(2), Posted(1)));
    }

    [Fact]
    public void Close_Holder_LeavesNoBox()
    {
        _mailboxes.Open(Sample.Node(), new StreamNumber(1));
        _mailboxes.Close(Sample.Node(), new StreamNumber(1));

        Assert.False(_mailboxes.Put(new StreamNumber(1), Posted(1)));
    }

    [Fact]
    public void Sent_Grant_CountsFromItsCause()
    {
        var posted = Posted(1);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        _mailboxes.Sent(posted);

        Assert.Equal((1, TimeSpan.FromMilliseconds(4)), (_mailboxes.Granting.Counts[1], _mailboxes.Granting.Sum));
    }

    private static bool IsEmpty(GrantMailbox box) => !box.TakeAsync(default).AsTask().IsCompleted;

    private PostedGrant Posted(ulong sequence) => new(
        new Grant(Sample.Node(), 1, sequence, Power.FromWatts(20), Power.FromWatts(10), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), "", false), Moment.Of(_time));
}
