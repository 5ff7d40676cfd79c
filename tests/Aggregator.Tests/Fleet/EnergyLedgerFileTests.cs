using FsCheck.Fluent;
using FsCheck;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class EnergyLedgerFileTests
{
    private static readonly NodeName Node = Sample.Node();

    [Fact]
    public void Open_NothingStored_IsEmptyWithoutDamage()
    {
        var recovery = new EnergyLedgerFile(new MemorySlots()).Open();

        Assert.Equal(Energy.Zero, recovery.Ledger.FleetTotal);
        Assert.Equal("", recovery.Damage);
    }

    [Fact]
    public void Open_AfterSeveralStores_TakesTheNewest()
    {
        var slots = new MemorySlots();
        var file = new EnergyLedgerFile(slots);
        for (var joules = 1; joules <= 5; joules++)
            file.Store(Ledger(joules));

        Assert.Equal(Energy.FromJoules(5), new EnergyLedgerFile(slots).Open().Ledger.TotalOf(Node));
    }

    [Fact]
    public void Open_NewestSlotDamaged_TakesTheOtherAndKeepsTheBytes()
    {
        var slots = new MemorySlots();
        var file = new EnergyLedgerFile(slots);
        file.Store(Ledger(1));
        file.Store(Ledger(2));
        slots[1]![20] ^= 0xFF;

        var recovery = new EnergyLedgerFile(slots).Open();

        Assert.Equal(Energy.FromJoules(1), recovery.Ledger.TotalOf(Node));
        Assert.Contains("slot 1 is damaged and was kept as aside-1", recovery.Damage, StringComparison.Ordinal);
        Assert.Contains("the other slot is whole", recovery.Damage, StringComparison.Ordinal);
        Assert.Single(slots.Aside);
    }

    [Fact]
    public void Open_BothSlotsDamaged_StartsAnewAndSaysSo()
    {
        var slots = new MemorySlots { [0] = [1, 2, 3], [1] = [4] };

        var recovery = new EnergyLedgerFile(slots).Open();

        Assert.Equal(Energy.Zero, recovery.Ledger.FleetTotal);
        Assert.Contains("no whole slot is left", recovery.Damage, StringComparison.Ordinal);
        Assert.Equal(2, slots.Aside.Count);
    }

    [Fact]
    public void Store_DiskFullThenFree_LosesNothing()
    {
        var slots = new MemorySlots();
        var file = new EnergyLedgerFile(slots);
        file.Store(Ledger(1));
        slots.Failure = "No space left on device";
        Assert.Throws<IOException>(() => file.Store(Ledger(2)));
        Assert.Equal(Energy.FromJoules(1), new EnergyLedgerFile(slots).Open().Ledger.TotalOf(Node));

        slots.Failure = null;
        file.Store(Ledger(3));

        Assert.Equal(Energy.FromJoules(3), new EnergyLedgerFile(slots).Open().Ledger.TotalOf(Node));
    }

    [Fact]
    public void Store_TornAtEveryByte_LeavesOneWholeLedger()
    {
        var length = LedgerFormat.Write(Ledger(2), 2).Length;
        for (var kept = 0; kept <= length; kept++)
        {
            var slots = new MemorySlots();
            var file = new EnergyLedgerFile(slots);
            file.Store(Ledger(1));
            slots.TearAfter = kept;
            Assert.Throws<CrashException>(() => file.Store(Ledger(2)));

            var total = new EnergyLedgerFile(slots).Open().Ledger.TotalOf(Node);

            Assert.Equal(Energy.FromJoules(kept == length ? 2 : 1), total);
        }
    }

    /// <summary>The product's promise: kill -9 between any two steps, torn writes and lost reports included, and no published total
    /// ever falls; while the agent lives, none of its energy is lost.</summary>
    [Fact]
    public void Store_CrashBetweenAnySteps_PublishedTotalsNeverFallAndNothingIsLost() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Stories, story => new Survivor().Lives(story)));

    private static Arbitrary<(int Step, int Amount)[]> Stories =>
        Gen.ArrayOf(
            from step in Gen.Choose(0, 6)
            from amount in Gen.Choose(0, 200)
            select (step, amount)).ToArbitrary();

    private static EnergyLedger Ledger(int joules) => EnergyLedger.Empty.Count(Node, Sample.Instance(), Energy.FromJoules(joules)).Ledger;

    /// <summary>One agent and an aggregator that dies often, over one disk.</summary>
    private sealed class Survivor
    {
        private readonly MemorySlots _slots = new();
        private readonly ManualClock _time = Sample.Clock();
        private EnergyLedgerFile _file;
        private FleetRoster _roster;
        private Energy _published = Energy.Zero;
        private long _stream;
        private byte _instance = 1;
        private long _counter;
        private long _truth;
        private long _certain;
        private bool _restarted;

        public Survivor()
        {
            (_file, _roster) = Start();
        }

        public bool Lives((int Step, int Amount)[] story)
        {
            var neverFell = story.All(step => Take(step.Step, step.Amount));
            Report();
            Store();
            var total = (_roster.Publish(Now).Find(Node)!.Energy ?? Energy.Zero).Microjoules;
            return neverFell && total <= _truth && (_restarted ? total >= _certain : total == _truth);
        }

        private Moment Now => Moment.Of(_time);

        private bool Take(int step, int amount)
        {
            switch (step)
            {
                case 0:
                    Grow(amount);
                    Report();
                    break;
                case 1:
                    Grow(amount);
                    break;
                case 2 when amount < 40 && _instance < 200:
                    (_instance, _counter, _restarted) = ((byte)(_instance + 1), 0, true);
                    Greet();
                    break;
                case 3:
                    Store();
                    break;
                case 4:
                    _slots.TearAfter = amount;
                    Assert.Throws<CrashException>(() => _file.Store(_roster.Ledger));
                    (_file, _roster) = Start();
                    break;
                case 5:
                    _file.Store(_roster.Ledger);
                    (_file, _roster) = Start();
                    break;
                default:
                    (_file, _roster) = Start();
                    break;
            }
            return Look();
        }

        private bool Look()
        {
            var energy = _roster.Publish(Now).Find(Node)?.Energy ?? Energy.Zero;
            var fell = energy < _published;
            _published = energy;
            return !fell;
        }

        private void Grow(int amount) => (_counter, _truth) = (_counter + amount, _truth + amount);

        private void Report() => _roster.Apply(new NodeReported(
            new StreamNumber(_stream), Node, Sample.Report() with { Energy = new Energy(_counter) }, Now));

        private void Store()
        {
            var ledger = _roster.Ledger;
            _file.Store(ledger);
            _roster.Apply(new LedgerStored(ledger, "", Now));
            _certain = Math.Max(_certain, ledger.TotalOf(Node).Microjoules);
        }

        private (EnergyLedgerFile, FleetRoster) Start()
        {
            _file = new EnergyLedgerFile(_slots);
            _roster = new FleetRoster(Sample.Rules, _file.Open().Ledger);
            Greet();
            return (_file, _roster);
        }

        private void Greet() => _roster.Apply(new NodeGreeted(new StreamNumber(++_stream), Sample.Identity(instance: _instance), Now));
    }
}
