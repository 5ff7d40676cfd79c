using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One label or annotation that a manager has written, from an object's managedFields.</summary>
/// <param name="Operation">Apply or Update.</param>
/// <param name="Section">"labels" or "annotations".</param>
internal sealed record FieldOwnership(string Manager, string Operation, string Section, string Key)
{
    /// <summary>All that one managedFields entry says about labels and annotations.</summary>
    public static IEnumerable<FieldOwnership> Read(JsonElement entry)
    {
        var meta = entry.At("fieldsV1").At("f:metadata");
        foreach (var section in (string[])["labels", "annotations"])
        {
            if (meta.At("f:" + section) is not { ValueKind: JsonValueKind.Object } fields)
                continue;
            foreach (var field in fields.EnumerateObject().Where(static field => field.Name.StartsWith("f:", StringComparison.Ordinal)))
                yield return new FieldOwnership(entry.Text("manager") ?? "", entry.Text("operation") ?? "", section, field.Name[2..]);
        }
    }
}
