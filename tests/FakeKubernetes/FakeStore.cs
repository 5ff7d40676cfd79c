using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>All objects of the server, their versions and a window of their history. Safe for concurrent use.</summary>
internal sealed class FakeStore(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly List<HistoryLine> _history = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 100;
    private long _forgotten = 100;
    private long _trimmed = 100;
    private long _names;

    /// <summary>Added to the time in everything that the server stamps.</summary>
    public TimeSpan ClockSkew { get; set; }

    /// <summary>Changes kept for watches; older versions answer 410.</summary>
    public int HistoryLimit { get; set; } = 100_000;

    public string Version
    {
        get
        {
            lock (_gate)
                return Text(_version);
        }
    }

    /// <summary>Forgets what was before the present version, as etcd's compaction does: watches and continue tokens from before answer 410. Open watches go on.</summary>
    public void Compact()
    {
        lock (_gate)
            _forgotten = _version;
    }

    public JsonObject? Find(FakeResource resource, string? space, string name)
    {
        lock (_gate)
            return _entries.TryGetValue(Key(resource, space, name), out var entry) ? (JsonObject)entry.Body.DeepClone() : null;
    }

    public JsonObject[] All(FakeResource resource, string? space)
    {
        lock (_gate)
            return [.. _entries.Where(pair => pair.Key.StartsWith(Key(resource, space, ""), StringComparison.Ordinal)).Select(static pair => (JsonObject)pair.Value.Body.DeepClone())];
    }

    public JsonObject List(FakeRoute route, int limit, string? continued)
    {
        lock (_gate)
        {
            var (version, after) = continued is null ? (_version, "") : Token(continued);
            var prefix = Key(route.Resource, route.Namespace, "");
            var rest = _entries.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(pair.Key, after) > 0).ToArray();
            var page = limit > 0 ? rest.Take(limit).ToArray() : rest;
            var meta = new JsonObject { ["resourceVersion"] = Text(version) };
            if (page.Length < rest.Length)
            {
                meta["continue"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Text(version)}|{page[^1].Key}"));
                meta["remainingItemCount"] = rest.Length - page.Length;
            }
            return new JsonObject
            {
                ["kind"] = route.Resource.Kind + "List",
                ["apiVersion"] = route.ApiVersion,
                ["metadata"] = meta,
                ["items"] = new JsonArray([.. page.Select(static pair => pair.Value.Body.DeepClone())]),
            };
        }
    }

    public JsonObject Create(FakeResource resource, string? space, JsonObject body, string apiVersion, string manager, bool dryRun = false)
    {
        lock (_gate)
        {
            var item = (JsonObject)body.DeepClone();
            if (item["metadata"] is not JsonObject meta)
                item["metadata"] = meta = new JsonObject();
            var name = (string?)meta["name"] ?? ((string?)meta["generateName"] is { } prefix ? prefix + Text(++_names) : throw FakeFailure.Invalid("metadata.name: Required value: name or generateName is required"));
            if (_entries.ContainsKey(Key(resource, space, name)))
                throw new FakeFailure(409, "AlreadyExists", $"{resource.Plural} \"{name}\" already exists");
            if (meta["resourceVersion"] is not null)
                throw FakeFailure.BadRequest("resourceVersion should not be set on objects to be created");
            (item["apiVersion"], item["kind"], meta["name"]) = (apiVersion, resource.Kind, name);
            if (space is not null)
                meta["namespace"] = space;
            meta["uid"] = new Guid((int)(_version + 1), 0, 0, new byte[8]).ToString();
            meta["creationTimestamp"] = (time.GetUtcNow() + ClockSkew).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            var owners = new FieldOwners();
            owners.Updated(new JsonObject(), item, manager);
            return Store(Key(resource, space, name), new Entry(item, owners), "ADDED", dryRun);
        }
    }

    /// <summary>Changes an object in place; a change that changes nothing has no version and no event, as in the real server.</summary>
    public JsonObject Change(FakeResource resource, string? space, string name, Action<JsonObject, FieldOwners> change, bool dryRun = false)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(Key(resource, space, name), out var entry))
                throw FakeFailure.NotFound($"{resource.Plural} \"{name}\"");
            var (item, owners) = ((JsonObject)entry.Body.DeepClone(), entry.Owners.Copy());
            change(item, owners);
            var meta = item["metadata"]!.AsObject();
            var asked = (string?)meta["resourceVersion"];
            if (!string.IsNullOrEmpty(asked) && asked != entry.Version)
                throw FakeFailure.Modified($"{resource.Plural} \"{name}\"");
            foreach (var fixedField in (string[])["name", "namespace", "uid", "creationTimestamp", "resourceVersion", "managedFields"])
                Keep(meta, entry.Body["metadata"]!.AsObject(), fixedField);
            if (JsonNode.DeepEquals(item, entry.Body) && owners.Same(entry.Owners))
                return (JsonObject)entry.Body.DeepClone();
            return Store(Key(resource, space, name), new Entry(item, owners), "MODIFIED", dryRun);
        }
    }

    public JsonObject Delete(FakeResource resource, string? space, string name)
    {
        lock (_gate)
        {
            var key = Key(resource, space, name);
            if (!_entries.Remove(key, out var entry))
                throw FakeFailure.NotFound($"{resource.Plural} \"{name}\"");
            entry.Body["metadata"]!["resourceVersion"] = Text(++_version);
            Note("DELETED", key, entry.Body);
            return entry.Body;
        }
    }

    /// <summary>The watch lines after a version, and a task that ends with the next change; null where the version is forgotten.</summary>
    /// <param name="opening">The first look of a watch.</param>
    public (string[] Lines, long Version, Task Next)? After(FakeRoute route, long version, bool opening)
    {
        lock (_gate)
        {
            if (version < (opening ? _forgotten : _trimmed))
                return null;
            var prefix = Key(route.Resource, route.Namespace, "");
            var first = _history.Count;
            while (first > 0 && _history[first - 1].Version > version)
                first--;
            var lines = _history.Skip(first).Where(change => change.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(static change => change.Line).ToArray();
            return (lines, _version, _changed.Task);
        }
    }

    private JsonObject Store(string key, Entry entry, string type, bool dryRun)
    {
        var meta = entry.Body["metadata"]!.AsObject();
        meta["managedFields"] = entry.Owners.ManagedFields();
        if (dryRun)
            return entry.Body;
        meta["resourceVersion"] = Text(++_version);
        _entries[key] = entry;
        Note(type, key, entry.Body);
        return (JsonObject)entry.Body.DeepClone();
    }

    private void Note(string type, string key, JsonObject body)
    {
        _history.Add(new HistoryLine(_version, key, new JsonObject { ["type"] = type, ["object"] = body.DeepClone() }.ToJsonString()));
        if (_history.Count > HistoryLimit)
        {
            _trimmed = _history[0].Version;
            _forgotten = Math.Max(_forgotten, _trimmed);
            _history.RemoveAt(0);
        }
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private (long, string) Token(string continued)
    {
        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(continued)).Split('|', 2);
        var version = long.Parse(parts[0], CultureInfo.InvariantCulture);
        return version >= _forgotten ? (version, parts[1]) : throw FakeFailure.Expired("The provided continue parameter is too old to display a consistent list result.");
    }

    private static void Keep(JsonObject meta, JsonObject from, string field)
    {
        if (from[field] is { } value)
            meta[field] = value.DeepClone();
        else
            meta.Remove(field);
    }

    private static string Key(FakeResource resource, string? space, string name) => space is null && resource.Namespaced ? resource.Plural + "/" : $"{resource.Plural}/{space}/{name}";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Entry(JsonObject Body, FieldOwners Owners)
    {
        public string? Version => (string?)Body["metadata"]!["resourceVersion"];
    }

    private sealed record HistoryLine(long Version, string Key, string Line);
}
