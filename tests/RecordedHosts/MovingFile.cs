namespace Homelab.RecordedHosts;

/// <summary>A file that follows the machine's state.</summary>
internal sealed class MovingFile(string path, Func<PlantState, string> text) : IDisposable
{
    private readonly MovingText _file = new(path);

    public void Show(PlantState state) => _file.Show(text(state));

    public void Dispose() => _file.Dispose();
}
