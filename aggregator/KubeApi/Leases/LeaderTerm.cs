namespace Homelab.Aggregator.KubeApi;

/// <summary>One unbroken time of leadership.</summary>
/// <param name="Epoch">Larger than that of every earlier term, of whomever.</param>
/// <param name="Ended">Cancelled at the latest when the renew deadline passes; whatever acts as leader must end with it.</param>
internal sealed record LeaderTerm(int Epoch, CancellationToken Ended);
