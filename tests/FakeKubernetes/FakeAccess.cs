namespace Homelab.FakeKubernetes;

/// <summary>Who may do what, by bearer token. As long as no token is known, everybody may do everything. Safe for concurrent use.</summary>
internal sealed class FakeAccess
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<(string[] Verbs, string[] Resources, string? Name)>> _rules = [];

    /// <summary>Adds a rule for a token.</summary>
    /// <param name="verbs">Separated by blanks; "*" for all.</param>
    /// <param name="resources">Separated by blanks, subresources as "nodes/status"; "*" for all.</param>
    /// <param name="name">Only this object; null for all.</param>
    public void Allow(string token, string verbs, string resources, string? name = null)
    {
        lock (_gate)
        {
            if (!_rules.TryGetValue(token, out var rules))
                _rules[token] = rules = [];
            rules.Add((verbs.Split(' '), resources.Split(' '), name));
        }
    }

    /// <summary>The token is unknown from now on: 401. Keep another token known, or everybody may do everything.</summary>
    public void Revoke(string token)
    {
        lock (_gate)
            _rules.Remove(token);
    }

    internal FakeFailure? Refusal(FakeRequest request)
    {
        lock (_gate)
        {
            if (_rules.Count == 0 || request.Route is not { } route)
                return null;
            if (!_rules.TryGetValue(request.Token, out var rules))
                return new FakeFailure(401, "Unauthorized", "Unauthorized");
            return rules.Any(rule => Fits(rule.Verbs, request.Verb) && Fits(rule.Resources, route.RbacName) && (rule.Name is null || rule.Name == route.Name))
                ? null
                : new FakeFailure(403, "Forbidden", $"{route.RbacName} is forbidden: cannot {request.Verb} resource \"{route.RbacName}\"");
        }
    }

    private static bool Fits(string[] allowed, string wanted) => allowed.Contains("*") || allowed.Contains(wanted);
}
