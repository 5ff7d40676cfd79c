namespace Homelab.Aggregator.Simulation;

/// <summary>Who holds the budget.</summary>
internal enum Policy
{
    /// <summary>The product: Σ of caps never above the budget.</summary>
    Ours = 0,

    /// <summary>The product where the device allows it to reach a tenth above for seconds.</summary>
    OursBounded = 1,
    Static = 2,
    Slurm = 3,
    Ear = 4,
    Dynamo = 5,
    Thunderbolt = 6,
    None = 7,
}

/// <summary>The words of the command line, of JSON and of tables.</summary>
internal static class PolicyNames
{
    public static readonly IReadOnlyList<Policy> All = Enum.GetValues<Policy>();

    public static string Word(this Policy policy) => policy switch
    {
        Policy.Ours => "ours",
        Policy.OursBounded => "ours-bounded",
        _ => policy.ToString().ToLowerInvariant(),
    };

    public static Policy? Find(string word)
    {
        foreach (var policy in All)
        {
            if (policy.Word() == word)
                return policy;
        }
        return null;
    }
}
