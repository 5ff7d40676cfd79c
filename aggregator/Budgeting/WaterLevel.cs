namespace Homelab.Aggregator.Budgeting;

/// <summary>Weighted max-min filling: everyone gets what they want or the common level times their weight, whichever is less.</summary>
internal static class WaterLevel
{
    /// <summary>Cuts <paramref name="shares"/> from what each wants to what each gets of <paramref name="limit"/>; exact to a microwatt per head, and never
    /// above the limit. A head of no weight gets nothing while others want. O(n log n); the scratch spans are as long as the shares.</summary>
    public static void Fill(Span<long> shares, ReadOnlySpan<double> weights, long limit, Span<double> ratios, Span<int> order)
    {
        var (count, weight) = (0, 0.0);
        for (var i = 0; i < shares.Length; i++)
        {
            if (shares[i] <= 0)
                continue;
            ratios[count] = weights[i] > 0 ? shares[i] / weights[i] : double.PositiveInfinity;
            order[count++] = i;
            weight += weights[i];
        }
        ratios[..count].Sort(order[..count]);
        var left = Math.Max(0, limit);
        var level = -1.0;
        for (var k = 0; k < count; k++)
        {
            var i = order[k];
            // Once the level is below what the next one wants, it stays: all that follow want more.
            if (level < 0 && ratios[k] * weight > left)
                level = weight > 0 ? left / weight : 0;
            var share = level < 0 ? shares[i] : Math.Min(shares[i], (long)(weights[i] * level));
            shares[i] = Math.Min(share, left);
            if (level < 0)
                weight -= weights[i];
            left -= shares[i];
        }
    }
}
