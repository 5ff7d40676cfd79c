namespace Homelab.NodeAgent.Actuators.Cpufreq;

/// <summary>A switch that shuts turbo off for some or all cores: <c>cpufreq/boost</c> (0 is off) or <c>intel_pstate/no_turbo</c> (1 is off).
/// Several clusters share it: it is off while one of them wants it so.</summary>
internal sealed class TurboSwitch(ControlFile file, string off)
{
    private readonly HashSet<object> _wanting = [];

    public ControlFile File => file;

    public bool IsWantedOff => _wanting.Count > 0;

    /// <summary>Where the switch does not move (BIOS has turbo off, or holds it on) it is left alone.</summary>
    public PutResult Want(object who, bool isOff)
    {
        if (isOff)
        {
            _wanting.Add(who);
            return file.TryPut(off);
        }
        return _wanting.Remove(who) && _wanting.Count == 0 ? file.PutOriginal() : default;
    }
}
