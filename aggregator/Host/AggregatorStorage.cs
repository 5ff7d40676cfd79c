using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator;

/// <summary>Where the server keeps what must outlive it.</summary>
/// <param name="Folder">Of the decision log.</param>
internal sealed record AggregatorStorage(ILedgerSlots Energy, ILedgerSlots Control, string Folder)
{
    /// <summary>Of what is learned of the nodes.</summary>
    public ILedgerSlots Levels { get; init; } = new SlotFiles(Folder, "levels");

    public static AggregatorStorage Of(LedgerDirectory directory) => new(directory, directory.Control, directory.Folder);
}
