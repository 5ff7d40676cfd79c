using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Control;

public sealed class ControlFileTests
{
    [Fact]
    public void Open_NothingStored_IsEmptyWithoutDamage()
    {
        var recovery = new ControlFile(new MemorySlots()).Open();

        Assert.Equal(("", 0ul), (recovery.Damage, recovery.Stored.Memory.Epoch));
    }

    [Fact]
    public void Store_Everything_ComesBack()
    {
        var slots = new MemorySlots();
        new ControlFile(slots).Store(Stored(7));

        var back = new ControlFile(slots).Open().Stored;

        Assert.Equal(Stored(7).Memory.Nodes, back.Memory.Nodes);
        Assert.Equal((7ul, true, new ModeSwitch(ControlMode.Cap, ControlMode.Observe)), (back.Memory.Epoch, back.Orders.IsOnBattery, back.Orders.Mode!));
        Assert.Equal(Stored(7).Orders.Overrides.AsEnumerable(), back.Orders.Overrides);
    }

    [Fact]
    public void Store_Sight_ComesBack()
    {
        var slots = new MemorySlots();
        var sight = new FleetSight(
            [Sample.Node("um890")], ImmutableSortedDictionary<NodeName, string>.Empty.Add(Sample.Node("rk1-1"), "kind-mac"), FleetSight.Empty.SeenAt.Add("kind-mac", TypicalControl.Noon));
        new ControlFile(slots).Store(Stored(7) with { Sight = sight });

        var back = new ControlFile(slots).Open().Stored.Sight;

        Assert.Equal(sight.OnBattery.ToArray(), back.OnBattery.ToArray());
        Assert.Equal(sight.Places.AsEnumerable(), back.Places);
        Assert.Equal(sight.SeenAt.AsEnumerable(), back.SeenAt);
    }

    /// <summary>A record of the version before, byte for byte: without a sight.</summary>
    [Fact]
    public void Read_RecordWithoutASight_IsTheRestOfIt()
    {
        var today = SlotEnvelope.Open("HLCTRL02"u8, ControlFormat.Write(Stored(7), 1), out _)!;
        var before = SlotEnvelope.Seal("HLCTRL02"u8, 1, today.AsSpan(..^12));

        var back = ControlFormat.Read(before, out _)!;

        Assert.Equal((7ul, 2, 1), (back.Memory.Epoch, back.Memory.Nodes.Count, back.Orders.Overrides.Length));
        Assert.Same(FleetSight.Empty, back.Sight);
    }

    [Fact]
    public void Store_Slots_AreWholeBlocks()
    {
        var slots = new MemorySlots();
        new ControlFile(slots).Store(Stored(7));

        Assert.Equal(4096, slots[0]!.Length);
    }

    [Fact]
    public void Store_TornAtAnyByte_LeavesTheOneBefore() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, 4095).ToArbitrary(), kept =>
        {
            var slots = new MemorySlots();
            var file = new ControlFile(slots);
            file.Store(Stored(1));
            file.Store(Stored(2));
            slots.TearAfter = kept;
            Assert.Throws<CrashException>(() => file.Store(Stored(3)));

            var epoch = new ControlFile(slots).Open().Stored.Memory.Epoch;
            // A tear in the filling has lost nothing.
            return epoch == 2 || (epoch == 3 && kept > 100);
        }));

    [Fact]
    public void Open_DamagedSlot_IsKeptAsideAndTold()
    {
        var slots = new MemorySlots();
        var file = new ControlFile(slots);
        file.Store(Stored(1));
        file.Store(Stored(2));
        slots[1]![40] ^= 1;

        var recovery = new ControlFile(slots).Open();

        Assert.Equal(1ul, recovery.Stored.Memory.Epoch);
        Assert.Contains("control slot 1 is damaged", recovery.Damage, StringComparison.Ordinal);
        Assert.Single(slots.Aside);
    }

    [Fact]
    public void Store_AfterAFailure_TriesTheSameSlotAgain()
    {
        var slots = new MemorySlots();
        var file = new ControlFile(slots);
        file.Store(Stored(1));
        slots.Failure = "No space left on device";
        Assert.Throws<IOException>(() => file.Store(Stored(2)));
        slots.Failure = null;
        file.Store(Stored(3));

        Assert.Equal(3ul, new ControlFile(slots).Open().Stored.Memory.Epoch);
        Assert.Equal(1ul, ControlFormat.Read(slots[0], out _)!.Memory.Epoch);
    }

    private static StoredControl Stored(ulong epoch)
    {
        var nodes = ImmutableSortedDictionary<NodeName, RememberedNode>.Empty
            .Add(Sample.Node("um890"), new RememberedNode(Power.FromWatts(30), Power.FromWatts(65)))
            .Add(Sample.Node("rk1-1"), new RememberedNode(Power.FromWatts(4), Power.FromWatts(9), IsUncapped: true));
        var orders = new StandingOrders(
            [new BudgetOverride("fleet", Power.FromWatts(80), TypicalControl.Noon.AddHours(2))], new ModeSwitch(ControlMode.Cap, ControlMode.Observe), true);
        return new StoredControl(new ControlMemory(epoch, nodes), orders);
    }
}
