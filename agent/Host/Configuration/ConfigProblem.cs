namespace Homelab.NodeAgent.Configuration;

/// <summary>Something wrong with the configuration, with the line that mends it.</summary>
/// <param name="Origin">File and line, variable or flag.</param>
/// <param name="Key">The setting; empty when the whole file is meant.</param>
/// <param name="Meaning">What is wrong, one clause.</param>
/// <param name="Fix">What to write instead.</param>
/// <param name="IsWarning">True when the agent can start all the same.</param>
internal sealed record ConfigProblem(Origin Origin, string Key, string Meaning, string Fix, bool IsWarning = false)
{
    public override string ToString()
    {
        var subject = Key.Length > 0 ? $"{Origin}: {Key}: {Meaning}" : $"{Origin}: {Meaning}";
        return Fix.Length > 0 ? $"{subject}; fix: {Fix}" : subject;
    }
}
