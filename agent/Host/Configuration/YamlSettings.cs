using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Homelab.NodeAgent.Configuration;

/// <summary>A YAML file as a flat list of dotted keys. Parser events only: nothing is bound by reflection.</summary>
/// <remarks>Anchors, aliases, merge keys and second documents are refused: a file that configures a machine should read as it acts.</remarks>
internal static class YamlSettings
{
    private const int DeepestNesting = 16;

    /// <summary>Appends what the text says to <paramref name="settings"/> and what is wrong with it to <paramref name="problems"/>.</summary>
    public static void Read(string file, string text, List<Setting> settings, List<ConfigProblem> problems)
    {
        var parser = new Parser(new StringReader(text));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
                return;
            if (parser.Current is MappingStart)
                Mapping(parser, "", 0);
            else if (!IsEmpty(parser.Current))
                Report(parser.Current!, "", "the file is not a list of 'key: value' lines", "start with e.g. 'aggregator: https://hub.lan:8766'");
        }
        catch (YamlException error)
        {
            problems.Add(new ConfigProblem(new Origin(file, (int)error.Start.Line), "", "is not YAML: " + error.Message, "mend the line; check the indentation"));
        }

        void Mapping(Parser events, string prefix, int depth)
        {
            if (depth > DeepestNesting)
                throw new YamlException(events.Current!.Start, events.Current.End, "nested too deeply");
            var seen = new HashSet<string>(StringComparer.Ordinal);
            events.Consume<MappingStart>();
            while (!events.TryConsume<MappingEnd>(out _))
            {
                var name = events.Consume<Scalar>();
                var key = prefix + name.Value;
                if (!seen.Add(name.Value))
                    Report(name, key, "is written twice", "keep one of the two");
                Value(events, key, depth);
            }
        }

        void Value(Parser events, string key, int depth)
        {
            switch (events.Current)
            {
                case MappingStart:
                    Mapping(events, key + ".", depth + 1);
                    return;
                case Scalar scalar:
                    events.MoveNext();
                    if (!IsEmpty(scalar))
                        settings.Add(new Setting(key, scalar.Value, new Origin(file, (int)scalar.Start.Line)));
                    return;
                default:
                    Report(events.Current!, key, "is a list or an alias; one value is expected", $"write '{key}: VALUE'");
                    events.SkipThisAndNestedEvents();
                    return;
            }
        }

        void Report(ParsingEvent at, string key, string meaning, string fix) =>
            problems.Add(new ConfigProblem(new Origin(file, (int)at.Start.Line), key, meaning, fix));
    }

    /// <summary><c>key:</c>, <c>key: ~</c>, <c>key: null</c> and <c>key: ""</c> all mean "not said".</summary>
    private static bool IsEmpty(ParsingEvent? value) =>
        value is Scalar { Value: "" } || (value is Scalar { Style: ScalarStyle.Plain } plain && plain.Value is "~" or "null");
}
