using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>Who owns which label and annotation of one object: the part of server-side apply that node labelling meets.</summary>
internal sealed class FieldOwners
{
    private static readonly string[] Sections = ["labels", "annotations"];

    private readonly Dictionary<(string Section, string Key), SortedSet<string>> _owners = [];

    public FieldOwners Copy()
    {
        var copy = new FieldOwners();
        foreach (var (field, owners) in _owners)
            copy._owners[field] = [.. owners];
        return copy;
    }

    public bool Same(FieldOwners other) =>
        _owners.Count == other._owners.Count && _owners.All(pair => other._owners.TryGetValue(pair.Key, out var owners) && owners.SetEquals(pair.Value));

    /// <summary>Applies the labels and annotations of <paramref name="wanted"/> to <paramref name="stored"/>.</summary>
    /// <exception cref="FakeFailure">409 with a cause for each field that another owns with another value, unless forced.</exception>
    public void Apply(JsonObject stored, JsonObject wanted, string manager, bool force)
    {
        var owner = manager + "/Apply";
        var conflicts = new JsonArray();
        foreach (var (section, key, value) in Fields(wanted))
        {
            var present = Map(stored, section)?[key];
            if (force || present is null || JsonNode.DeepEquals(present, value) || !_owners.TryGetValue((section, key), out var owners))
                continue;
            foreach (var other in owners.Where(other => other != owner))
                conflicts.Add(new JsonObject { ["reason"] = "FieldManagerConflict", ["message"] = $"conflict with \"{other.Split('/')[0]}\" using v1", ["field"] = $".metadata.{section}.{key}" });
        }
        if (conflicts.Count > 0)
            throw new FakeFailure(409, "Conflict", $"Apply failed with {conflicts.Count} conflicts", conflicts);
        var kept = Fields(wanted).Select(static field => (field.Section, field.Key)).ToHashSet();
        Drop(stored, owner, kept);
        foreach (var (section, key, value) in Fields(wanted))
        {
            if (!JsonNode.DeepEquals(Map(stored, section)?[key], value))
                _owners.Remove((section, key));
            Own(section, key, owner);
            MapFor(stored, section)[key] = value?.DeepClone();
        }
    }

    /// <summary>Books what any other write has changed.</summary>
    public void Updated(JsonObject before, JsonObject after, string manager)
    {
        foreach (var (section, key, value) in Fields(after))
        {
            if (JsonNode.DeepEquals(Map(before, section)?[key], value))
                continue;
            _owners.Remove((section, key));
            Own(section, key, manager + "/Update");
        }
        foreach (var gone in _owners.Keys.Where(field => Map(after, field.Section)?[field.Key] is null).ToArray())
            _owners.Remove(gone);
    }

    public JsonArray ManagedFields() => new([.. _owners.SelectMany(static pair => pair.Value).Distinct().Order(StringComparer.Ordinal).Select(owner => (JsonNode)new JsonObject
    {
        ["manager"] = owner.Split('/')[0],
        ["operation"] = owner.Split('/')[1],
        ["apiVersion"] = "v1",
        ["fieldsType"] = "FieldsV1",
        ["fieldsV1"] = new JsonObject { ["f:metadata"] = new JsonObject(Sections.Select(section => KeyValuePair.Create("f:" + section, (JsonNode?)Owned(owner, section)))) },
    })]);

    private JsonObject Owned(string owner, string section) => new(_owners
        .Where(pair => pair.Key.Section == section && pair.Value.Contains(owner))
        .Select(static pair => KeyValuePair.Create("f:" + pair.Key.Key, (JsonNode?)new JsonObject())));

    // A field that its last owner no longer applies vanishes; one that others own too stays.
    private void Drop(JsonObject stored, string owner, HashSet<(string, string)> kept)
    {
        foreach (var (field, owners) in _owners.Where(pair => pair.Value.Contains(owner) && !kept.Contains(pair.Key)).ToArray())
        {
            owners.Remove(owner);
            if (owners.Count > 0)
                continue;
            _owners.Remove(field);
            Map(stored, field.Section)?.Remove(field.Key);
        }
    }

    private void Own(string section, string key, string owner)
    {
        if (!_owners.TryGetValue((section, key), out var owners))
            _owners[(section, key)] = owners = new SortedSet<string>(StringComparer.Ordinal);
        owners.Add(owner);
    }

    private static IEnumerable<(string Section, string Key, JsonNode? Value)> Fields(JsonObject item) =>
        from section in Sections
        from pair in Map(item, section) ?? []
        select (section, pair.Key, pair.Value);

    private static JsonObject? Map(JsonObject item, string section) => item["metadata"]?[section] as JsonObject;

    private static JsonObject MapFor(JsonObject item, string section)
    {
        var meta = item["metadata"]!.AsObject();
        if (meta[section] is not JsonObject map)
            meta[section] = map = new JsonObject();
        return map;
    }
}
