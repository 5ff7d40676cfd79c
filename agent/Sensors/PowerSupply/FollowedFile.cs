namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>A file as one of the several sensors that use it sees it: whoever comes first in a pass reads, the others take the same look.</summary>
internal sealed class FollowedFile(FileSensor file)
{
    private uint _used;

    public Reading Read()
    {
        var reading = file.Generation == _used ? file.Read() : file.Last;
        _used = file.Generation;
        return reading;
    }
}
