using Google.Protobuf.Reflection;
using Homelab.NodeAgent.V1;

namespace Homelab.Architecture.Tests;

/// <summary>The wire only grows: numbers, names and types once shipped stay.</summary>
public sealed class WireTests
{
    private const string Baseline = "tests/Architecture.Tests/wire.baseline.txt";

    private static readonly FileDescriptor[] Files = [RegistrationReflection.Descriptor, TelemetryReflection.Descriptor, BudgetReflection.Descriptor];

    [Fact]
    public void Wire_EveryShippedField_KeepsNumberNameAndType()
    {
        var now = Describe().ToHashSet();
        var gone = SourceTree.Lines(Baseline).Where(line => line.Length > 0 && !now.Contains(line));
        Assert.True(!gone.Any(), "changed or removed from the wire:\n" + string.Join('\n', gone));
    }

    [Fact]
    public void Wire_EveryField_IsInTheBaseline()
    {
        var fresh = Describe().Except(SourceTree.Lines(Baseline));
        Assert.True(!fresh.Any(), $"new on the wire; add to {Baseline}:\n" + string.Join('\n', fresh));
    }

    [Fact]
    public void Wire_EveryFieldAndEnum_IsCommented()
    {
        var bare = new List<string>();
        foreach (var file in SourceTree.Files("*.proto", "protos/homelab"))
        {
            var lines = SourceTree.Lines(file);
            for (var i = 1; i < lines.Length; i++)
            {
                var line = lines[i].Trim();
                var above = lines[i - 1].Trim();
                // A field after another field of the same comment block, or whose type is a message documented at its own place, needs no line of its own.
                var isScalar = System.Text.RegularExpressions.Regex.IsMatch(line, @"^(optional |repeated )?(double|bytes|string|bool|u?int(32|64)|sint64) \w+ = \d+;");
                if (isScalar && !above.StartsWith("//", StringComparison.Ordinal) && !above.EndsWith(';'))
                    bare.Add($"{file}:{i + 1}: {line}");
            }
        }
        Assert.True(bare.Count == 0, "no comment with unit, range and meaning of unset:\n" + string.Join('\n', bare));
    }

    [Fact]
    public void Enums_OfUnitsAndWire_CarryTheSameNumbers()
    {
        AssertSame<Units.Quantity, NodeAgent.V1.Quantity>("Quantity");
        AssertSame<Units.Quality, NodeAgent.V1.Quality>("Quality");
        AssertSame<Units.Provenance, NodeAgent.V1.Provenance>("Provenance");
        AssertSame<Units.PowerScope, NodeAgent.V1.PowerScope>("PowerScope");
    }

    private static void AssertSame<TUnits, TWire>(string name)
        where TUnits : struct, Enum
        where TWire : struct, Enum
    {
        var units = Enum.GetValues<TUnits>().Select(value => (Convert.ToInt32(value), value.ToString().Replace("Unknown", "Unspecified")));
        var wire = Enum.GetValues<TWire>().Select(value => (Convert.ToInt32(value), value.ToString()));
        Assert.True(units.SequenceEqual(wire), $"{name}: {string.Join(' ', units)} against {string.Join(' ', wire)}");
    }

    private static IEnumerable<string> Describe() =>
        Files.SelectMany(file => file.MessageTypes)
            .SelectMany(message => message.Fields.InDeclarationOrder()
                .Select(field => $"{message.FullName}.{field.Name} = {field.FieldNumber} {(field.IsRepeated ? "repeated " : "")}{TypeName(field)}"))
            .Concat(Files.SelectMany(file => file.EnumTypes)
                .SelectMany(type => type.Values.Select(value => $"{type.FullName}.{value.Name} = {value.Number}")))
            .Concat(Files.SelectMany(file => file.Services)
                .SelectMany(service => service.Methods.Select(method => $"{method.FullName}({(method.IsClientStreaming ? "stream " : "")}{method.InputType.FullName}) returns ({(method.IsServerStreaming ? "stream " : "")}{method.OutputType.FullName})")));

    private static string TypeName(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        _ => field.FieldType.ToString().ToLowerInvariant(),
    };
}
