using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>One collection, seen from the test: past the API, its access rules and its faults, but with versions and events.</summary>
/// <param name="space">The namespace; null for objects that have none.</param>
internal class FakeObjects(FakeStore store, FakeResource resource, string? space)
{
    public int Count => store.All(resource, space).Length;

    public JsonObject[] All => store.All(resource, space);

    public JsonObject? Find(string name) => store.Find(resource, space, name);

    public JsonObject Create(JsonObject item, string manager = "test") => store.Create(resource, space, item, "v1", manager);

    /// <summary>Changes an object as somebody else.</summary>
    /// <param name="manager">Under whose name labels and annotations are booked.</param>
    public JsonObject Edit(string name, Action<JsonObject> edit, string manager = "test") => store.Change(resource, space, name, (item, owners) =>
    {
        var before = (JsonObject)item.DeepClone();
        edit(item);
        owners.Updated(before, item, manager);
    });

    public void Remove(string name) => store.Delete(resource, space, name);
}
