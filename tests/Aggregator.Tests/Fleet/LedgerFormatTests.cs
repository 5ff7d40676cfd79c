using FsCheck;
using FsCheck.Fluent;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet;

public sealed class LedgerFormatTests
{
    [Fact]
    public void TryRead_WhatWasWritten_IsTheSameLedger()
    {
        var ledger = Ledger();

        Assert.True(LedgerFormat.TryRead(LedgerFormat.Write(ledger, 7), out var read, out var generation));

        Assert.Equal(7ul, generation);
        Assert.Equal(ledger.OverBudget, read.OverBudget);
        Assert.Equal(ledger.Nodes.Keys, read.Nodes.Keys);
        Assert.All(ledger.Nodes, node => Assert.Equal(node.Value.Total, read.Nodes[node.Key].Total));
        Assert.All(ledger.Nodes, node => Assert.Equal<InstanceCount>(node.Value.Counts, read.Nodes[node.Key].Counts));
    }

    [Fact]
    public void TryRead_TrailingBytesOfAnOlderLongerLedger_AreIgnored() =>
        Assert.True(LedgerFormat.TryRead([.. LedgerFormat.Write(Ledger(), 7), 1, 2, 3], out _, out _));

    [Fact]
    public void TryRead_AnyTruncation_IsRefused()
    {
        var bytes = LedgerFormat.Write(Ledger(), 7);

        Assert.All(Enumerable.Range(0, bytes.Length), length => Assert.False(LedgerFormat.TryRead(bytes.AsSpan(..length), out _, out _)));
    }

    [Fact]
    public void TryRead_AnyFlippedBit_IsRefused()
    {
        var bytes = LedgerFormat.Write(Ledger(), 7);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(LedgerFormat.TryRead(bytes, out _, out _));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Fact]
    public void TryRead_RandomBytes_IsRefusedWithoutThrowing() =>
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
            !LedgerFormat.TryRead(bytes, out _, out _) && !LedgerFormat.TryRead([.. "HLENRGY1"u8, .. bytes], out _, out _)));

    private static EnergyLedger Ledger() =>
        EnergyLedger.Empty
            .Count(Sample.Node("rk1-1"), Sample.Instance(1), Energy.FromJoules(12.5)).Ledger
            .Count(Sample.Node("rk1-1"), new AgentInstance(UInt128.MaxValue), Energy.FromJoules(1)).Ledger
            .Count(Sample.Node("um890"), Sample.Instance(3), EnergyLedger.MostPerInstance).Ledger
            .Count(Sample.Node("um891"), Sample.Instance(4), Energy.FromJoules(2), isRepeated: true).Ledger
            .SpendOverBudget(TimeSpan.FromMilliseconds(1234));
}
