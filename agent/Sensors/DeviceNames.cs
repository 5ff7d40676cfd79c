using System.Globalization;

namespace Homelab.NodeAgent.Sensors;

/// <summary>Hands out device names that are unique within one discovery: the second <c>acpitz</c> is <c>acpitz#2</c>.</summary>
internal sealed class DeviceNames
{
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    public string Claim(string name)
    {
        while (true)
        {
            var count = _seen[name] = _seen.GetValueOrDefault(name) + 1;
            if (count == 1)
                return name;
            var numbered = name + "#" + count.ToString(CultureInfo.InvariantCulture);
            if (_seen.TryAdd(numbered, 1))
                return numbered;
        }
    }
}
