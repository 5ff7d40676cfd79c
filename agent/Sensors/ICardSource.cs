namespace Homelab.NodeAgent.Sensors;

/// <summary>A source that tells who used graphics cards. One sensor a card, whose reading says whether there is something to take.</summary>
internal interface ICardSource : ISensorSource
{
    /// <summary>Copies out who used a card by its sensor's last good reading; nobody where there was none. Any thread.</summary>
    /// <param name="device">The card's, <c>nvidia@0000:01:00.0</c>.</param>
    /// <param name="use">Overwritten.</param>
    void Take(string device, CardUse use);
}
