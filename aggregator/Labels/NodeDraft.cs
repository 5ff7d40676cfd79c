using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Homelab.Aggregator.Labels;

/// <summary>What may be done to a node in this round.</summary>
/// <param name="MayRemove">False while a process that has just begun does not know the fleet yet.</param>
/// <param name="MayTaint">The guard lets it carry taints.</param>
internal readonly record struct DraftRules(bool MayRemove, bool MayTaint, LabelMoment Moment);

/// <summary>The difference between what a node should say and what it carries.</summary>
internal sealed class NodeDraft
{
    private readonly LabelPolicy _policy;
    private readonly NodeMemory _memory;
    private readonly NodeSight _sight;
    private readonly NodeFacts? _facts;
    private readonly DraftRules _rules;
    private StringBuilder? _mark;
    private List<(string Kind, string Key, string? From, string? To)>? _steps;

    public NodeDraft(LabelPolicy policy, NodeMemory memory, NodePair pair, DraftRules rules)
    {
        (_policy, _memory, _sight, _facts, _rules) = (policy, memory, pair.Sight, pair.Facts, rules);
        Change = new NodeChange { Key = _sight.Key };
        if (!memory.IsReady)
            return;
        var taints = Taints();
        var conditions = Conditions();
        var capacity = Capacity();
        var labels = Labels();
        var annotations = Annotations(labels is not null);
        if (labels is null && annotations is null && taints.IsEmpty && conditions.IsEmpty && capacity is null)
            return;
        Change = new NodeChange
        {
            Key = _sight.Key,
            IsMetadataChanged = labels is not null || annotations is not null,
            Labels = labels ?? Ours(_sight.Labels, LabelNames.Labels),
            Annotations = annotations ?? Ours(_sight.Annotations, LabelNames.Annotations),
            Taints = taints,
            Conditions = conditions,
            Capacity = capacity,
        };
    }

    public NodeChange Change { get; }

    /// <summary>Equal for drafts that would do the same.</summary>
    public string Mark => _mark?.ToString() ?? "";

    /// <summary>Numbers are written anew.</summary>
    public bool IsRefreshed { get; private set; }

    /// <summary>It would put our first taint on the node.</summary>
    public bool AddsFirstTaint => Change.Taints.Any(step => step.From is null) && !_sight.Taints.Any(taint => Cleanup.IsOurs(taint, _policy.Prefix));

    public IEnumerable<PlanLine> Lines(string heldBack)
    {
        var why = _memory.IsUnknown ? Silence() : NodeNumbers.Circumstances(_facts);
        foreach (var (kind, key, from, to) in _steps ?? [])
            yield return new PlanLine(_sight.Key, kind, key, from, to, kind is "annotation" or "capacity" ? "" : why, heldBack);
    }

    /// <returns>Null when the node carries just these.</returns>
    private ImmutableSortedDictionary<string, string>? Labels()
    {
        List<(string Key, string? Word)>? changed = null;
        foreach (var name in LabelNames.Labels)
        {
            var key = _policy.Prefix.Key(name);
            var carried = _sight.Labels.GetValueOrDefault(key);
            var word = carried is null && !_memory.HasReported && name != LabelNames.State ? null : _memory.Word(name);
            if (word is null && !_rules.MayRemove)
                word = carried;
            if (word == carried)
                continue;
            (changed ??= []).Add((key, word));
            Step("label", key, carried, word);
        }
        if (changed is null)
            return null;
        var wanted = Ours(_sight.Labels, LabelNames.Labels).ToBuilder();
        foreach (var (key, word) in changed)
        {
            if (word is null)
                wanted.Remove(key);
            else
                wanted[key] = word;
        }
        return wanted.ToImmutable();
    }

    /// <summary>Reason and time ride along with what else changes, and are no reason to write.</summary>
    private ImmutableSortedDictionary<string, string>? Annotations(bool isLabelled)
    {
        IsRefreshed = _memory.IsFresh && (isLabelled || (_memory.Gate.MayRefresh(_rules.Moment.Now) && NodeNumbers.Of(_memory, _facts!).Any(HasMoved)));
        if (!isLabelled && !IsRefreshed)
            return null;
        var next = Ours(_sight.Annotations, LabelNames.Annotations).ToBuilder();
        foreach (var (name, value) in IsRefreshed ? NodeNumbers.Of(_memory, _facts!) : [])
        {
            if (HasMoved((name, value)))
                (_steps ??= []).Add(("annotation", _policy.Prefix.Key(name), Carried(name), value));
            Put(next, _policy.Prefix.Key(name), value);
        }
        var reason = _memory.IsFresh ? _facts!.Reason : Silence();
        Put(next, _policy.Prefix.Key(LabelNames.Reason), reason.Length == 0 ? null : reason);
        next[_policy.Prefix.Key(LabelNames.UpdatedAt)] = _rules.Moment.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return next.ToImmutable();
    }

    private bool HasMoved((string Name, string? Value) number) =>
        (number.Value is not null || _rules.MayRemove)
        && NodeNumbers.HasMoved(Carried(number.Name), number.Value, number.Name == LabelNames.WattsUncertainty ? _policy.UncertaintyChange : _policy.NumbersChange);

    private string? Carried(string annotation) => _sight.Annotations.GetValueOrDefault(_policy.Prefix.Key(annotation));

    private ImmutableArray<TaintChange> Taints()
    {
        List<TaintChange>? changes = null;
        foreach (var name in LabelNames.Taints)
        {
            var key = _policy.Prefix.Key(name);
            var since = _rules.MayTaint && _policy.Taints ? _memory.WantsTaintSince(name) : null;
            NodeTaint? wanted = since is { } at ? new NodeTaint(key, "", EffectSince(at)) : null;
            NodeTaint? spare = null;
            var isThere = false;
            foreach (var taint in _sight.Taints)
            {
                if (taint.Key != key)
                    continue;
                if (taint == wanted && !isThere)
                    isThere = true;
                else if (spare is null && wanted is not null)
                    spare = taint;
                else if (_rules.MayRemove)
                    Add(ref changes, new TaintChange(taint, null));
            }
            if (wanted is not null && !isThere)
                Add(ref changes, new TaintChange(spare, wanted));
            else if (spare is not null && _rules.MayRemove)
                Add(ref changes, new TaintChange(spare, null));
        }
        return changes is null ? [] : [.. changes];
    }

    private TaintEffect EffectSince(TimeSpan since) =>
        _policy.HardTaints && _rules.Moment.Now - since >= _policy.HardAfter ? TaintEffect.NoSchedule : TaintEffect.PreferNoSchedule;

    private void Add(ref List<TaintChange>? changes, TaintChange change)
    {
        (changes ??= []).Add(change);
        Step("taint", (change.From ?? change.To)!.Value.Key, change.From?.Effect.ToString(), change.To?.Effect.ToString());
    }

    /// <summary>A condition is first written when it first holds, and then at each transition.</summary>
    private ImmutableArray<NodeCondition> Conditions()
    {
        if (!_policy.Conditions)
            return [];
        List<NodeCondition>? changes = null;
        foreach (var type in LabelNames.Conditions)
        {
            var carried = _sight.Conditions.FirstOrDefault(condition => condition.Type == type);
            var status = _memory.Holds(type).IsOn ? IsBlind(type) ? ConditionStatus.Unknown : ConditionStatus.True : ConditionStatus.False;
            if (carried is null && status != ConditionStatus.True)
                continue;
            if (status == ConditionStatus.False && !_rules.MayRemove)
                continue;
            var isDue = status == ConditionStatus.True && _policy.Heartbeat is { } heartbeat && carried is not null
                && _rules.Moment.At - carried.HeartbeatAt >= heartbeat;
            if (carried?.Status == status && !isDue)
                continue;
            var at = _rules.Moment.At;
            var (reason, message) = ConditionText.Of(type, status, _facts);
            (changes ??= []).Add(new NodeCondition(type, status, reason, message, carried?.Status == status ? carried.TransitionAt : at, at));
            Step("condition", type, carried?.Status.ToString(), status.ToString());
        }
        return changes is null ? [] : [.. changes];
    }

    /// <summary>The budget is the fleet's knowledge; heat and voltage are the node's.</summary>
    private bool IsBlind(string type) => _memory.IsUnknown && type != LabelNames.PowerBudgetExceeded;

    private CapacityChange? Capacity()
    {
        long? wanted = _policy.AdvertiseWatts ? _memory.Capacity is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : _sight.WattsCapacity : null;
        if (wanted == _sight.WattsCapacity || (wanted is null && !_rules.MayRemove))
            return null;
        Step("capacity", _policy.Prefix.Key(LabelNames.WattsResource), _sight.WattsCapacity?.ToString(CultureInfo.InvariantCulture), wanted?.ToString(CultureInfo.InvariantCulture));
        return new CapacityChange(wanted);
    }

    private ImmutableSortedDictionary<string, string> Ours(ImmutableSortedDictionary<string, string> carried, ImmutableArray<string> names)
    {
        var ours = NodeSight.Nothing.ToBuilder();
        foreach (var name in names)
        {
            if (carried.TryGetValue(_policy.Prefix.Key(name), out var value))
                ours[_policy.Prefix.Key(name)] = value;
        }
        return ours.ToImmutable();
    }

    private void Put(ImmutableSortedDictionary<string, string>.Builder next, string key, string? value)
    {
        if (value is not null)
            next[key] = value;
        else if (_rules.MayRemove)
            next.Remove(key);
    }

    private void Step(string kind, string key, string? from, string? to)
    {
        (_steps ??= []).Add((kind, key, from, to));
        (_mark ??= new StringBuilder()).Append(kind).Append(' ').Append(key).Append('=').Append(from).Append('>').Append(to).Append('\n');
    }

    private string Silence() => $"no telemetry for {_policy.UnknownAfter.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s";
}
