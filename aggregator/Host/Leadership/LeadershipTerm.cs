using Homelab.Aggregator.Control;

namespace Homelab.Aggregator.Leadership;

/// <summary>One unbroken time in which this aggregator grants.</summary>
/// <param name="Number">Larger than that of every earlier term, of whichever aggregator; 0 without an election.</param>
/// <param name="Shared">What the leader before left; null where there is none, where it can not be read, and without an election.</param>
/// <param name="Ended">Cancelled soon after the term is over; whoever needs to know at once asks <see cref="ILeadership.Term"/>.</param>
internal sealed record LeadershipTerm(int Number, StoredControl? Shared, CancellationToken Ended)
{
    public static readonly LeadershipTerm Unending = new(0, null, CancellationToken.None);

    /// <summary>Leaves it for the next leader, durably. The answer is empty, or why it could not be done: what rests on it then waits.</summary>
    public Func<StoredControl, CancellationToken, Task<string>> ShareAsync { get; init; } = static (_, _) => Task.FromResult("");

    /// <summary>Gives the lead up for a new term, of this one or another.</summary>
    public Action Resign { get; init; } = static () => { };

    public bool IsElected => Number > 0;

    /// <summary>Others may have led since what this one remembers was stored.</summary>
    public bool IsMemoryUncertain => IsElected && Shared is null;
}
