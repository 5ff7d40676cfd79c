namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>What part of the processor time in use is the agent's own, over stretches of a minute or more of it: less says little about a process that uses so little.</summary>
internal sealed class AgentShare
{
    public static readonly TimeSpan Least = TimeSpan.FromMinutes(1);

    private (TimeSpan Agent, TimeSpan Busy, TimeSpan At)? _mark;

    /// <summary>0 to 1; null before the first stretch, and where nothing else ran that it could be a part of.</summary>
    public double? Value { get; private set; }

    /// <param name="agent">Processor time of the agent since it started.</param>
    /// <param name="busy">Of the whole machine, likewise.</param>
    /// <param name="at">The agent's clock.</param>
    public void Observe(TimeSpan agent, TimeSpan busy, TimeSpan at)
    {
        if (_mark is not { } mark || agent < mark.Agent || busy < mark.Busy)
        {
            _mark = (agent, busy, at);
            return;
        }
        if (at - mark.At < Least)
            return;
        Value = busy > mark.Busy ? Math.Min(1, (agent - mark.Agent) / (busy - mark.Busy)) : null;
        _mark = (agent, busy, at);
    }
}
