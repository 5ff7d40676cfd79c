using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>One question to the allocator, and its answer: a column per slot of the tree, all watts in whole microwatts. Made once and filled anew
/// each round, so that a round allocates nothing.</summary>
internal sealed class Allotment
{
    public Allotment(BudgetTree tree, int classes)
    {
        Tree = tree;
        var (nodes, groups) = (tree.NodeCount, tree.GroupCount);
        (Floor, Ceiling, Demand, Cap) = (new long[nodes], new long[nodes], new long[nodes], new long[nodes]);
        (Weight, Class, Steps) = (new double[nodes], new int[nodes], new ImmutableArray<Power>[nodes]);
        Array.Fill(Steps, []);
        (Allocatable, Remaining, IsInfeasible) = (new long[groups], new long[groups], new bool[groups]);
        Guarantee = new double[Math.Max(1, classes)];
        (Want, Share, Ratio, Order, Limit, Sum) = (new long[nodes], new long[nodes], new double[nodes], new int[nodes], new long[groups], new long[groups]);
        Base = new long[groups];
    }

    public BudgetTree Tree { get; }

    /// <summary>Per slot: never less than this, whatever the budget says.</summary>
    public long[] Floor { get; }

    /// <summary>Per slot: never more.</summary>
    public long[] Ceiling { get; }

    /// <summary>Per slot: what the node would draw.</summary>
    public long[] Demand { get; }

    /// <summary>Per slot: its part among equals; zero or more.</summary>
    public double[] Weight { get; }

    /// <summary>Per slot: index of its class, 0 the highest.</summary>
    public int[] Class { get; }

    /// <summary>Per slot: the caps that it can hold, ascending; empty when any will do.</summary>
    public ImmutableArray<Power>[] Steps { get; }

    /// <summary>Per class: share of the watts above the floors that higher classes leave to it.</summary>
    public double[] Guarantee { get; }

    /// <summary>Per group: what its nodes may be given together.</summary>
    public long[] Allocatable { get; }

    /// <summary>Answer, per slot.</summary>
    public long[] Cap { get; }

    /// <summary>Answer, per group: watts that nobody in it was given; zero where the floors alone are too much.</summary>
    public long[] Remaining { get; }

    /// <summary>Answer, per group: the floors alone are above <see cref="Allocatable"/>.</summary>
    public bool[] IsInfeasible { get; }

    internal long[] Want { get; }

    internal long[] Share { get; }

    internal double[] Ratio { get; }

    internal int[] Order { get; }

    internal long[] Limit { get; }

    internal long[] Sum { get; }

    internal long[] Base { get; }
}
