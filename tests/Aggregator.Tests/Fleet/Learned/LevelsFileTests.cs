using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class LevelsFileTests
{
    [Fact]
    public void Open_NothingStored_KnowsNothingWithoutDamage() => Assert.Equal("", new LevelsFile(new MemorySlots()).Open().Damage);

    [Fact]
    public void Open_AfterSeveralStores_TakesTheNewest()
    {
        var slots = new MemorySlots();
        var file = new LevelsFile(slots);
        for (var watts = 1; watts <= 5; watts++)
            file.Store(Levels(watts).Write());

        var levels = new LevelsFile(slots).Open().Levels;

        Assert.Equal(5, Idle(levels)!.Value, 0.05);
        Assert.Equal(Levels(5).Write(), levels.Write());
    }

    [Fact]
    public void Open_NewestSlotDamaged_TakesTheOtherAndSaysSo()
    {
        var slots = new MemorySlots();
        var file = new LevelsFile(slots);
        file.Store(Levels(1).Write());
        file.Store(Levels(2).Write());
        slots[1]![30] ^= 0xFF;

        var recovery = new LevelsFile(slots).Open();

        Assert.Equal(1, Idle(recovery.Levels)!.Value, 0.01);
        Assert.Equal("slot 1 of the learned levels is damaged and was kept as aside-1; the other slot is whole", recovery.Damage);
    }

    [Fact]
    public void Open_BothSlotsDamaged_LearnsAnewAndSaysSo()
    {
        var recovery = new LevelsFile(new MemorySlots { [0] = [1, 2, 3], [1] = [4] }).Open();

        Assert.Null(Idle(recovery.Levels));
        Assert.Contains("learned anew", recovery.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SlotThatCanNotBeRead_SaysWhyAndGoesOn()
    {
        var recovery = new LevelsFile(new Unreadable()).Open();

        Assert.Contains("slot 0 of the learned levels can not be read: Permission denied", recovery.Damage, StringComparison.Ordinal);
    }

    [Fact]
    public void Store_TornAnywhere_KeepsTheOneBefore()
    {
        var length = SizeOfASlot();
        Check.QuickThrowOnFailure(Prop.ForAll(Gen.Choose(0, length - 1).ToArbitrary(), static kept =>
        {
            var slots = new MemorySlots();
            var file = new LevelsFile(slots);
            file.Store(Levels(1).Write());
            slots.TearAfter = kept;
            Assert.Throws<CrashException>(() => file.Store(Levels(2).Write()));

            return Math.Abs(Idle(new LevelsFile(slots).Open().Levels)!.Value - 1) < 0.02;
        }));
    }

    /// <summary>Whole envelopes around any payload: what does not parse is damage, never a crash.</summary>
    [Fact]
    public void Open_AnyPayload_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 255).Select(static number => (byte)number).ListOf().ToArbitrary(), static bytes =>
        {
            _ = new LevelsFile(new MemorySlots { [0] = FleetLevels.Seal([.. bytes], 1) }).Open();
            return true;
        }));

    private static int SizeOfASlot()
    {
        var slots = new MemorySlots();
        new LevelsFile(slots).Store(Levels(2).Write());
        return slots[0]!.Length;
    }

    private static FleetLevels Levels(double watts)
    {
        var levels = new FleetLevels();
        levels[Sample.Node()]["power"].Observe(1, watts, TimeSpan.FromHours(2));
        return levels;
    }

    private static double? Idle(FleetLevels levels) => levels[Sample.Node()]["power"].Quantile(0.05);

    private sealed class Unreadable : Homelab.Aggregator.Fleet.ILedgerSlots
    {
        public byte[]? Read(int slot) => throw new UnauthorizedAccessException("Permission denied");

        public void Write(int slot, ReadOnlySpan<byte> bytes) => throw new UnauthorizedAccessException("Permission denied");

        public string SetAside(int slot) => "";
    }
}
