using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Manifests.Tests.Templates;

/// <summary>Reads the part of Go's template language that the chart uses; anything else is a <see cref="TemplateException"/>.</summary>
internal sealed partial class TemplateParser
{
    private readonly string _file;
    private readonly List<(bool IsAction, string Text)> _pieces = [];
    private int _at;

    private TemplateParser(string file, string text)
    {
        _file = file;
        Split(text);
    }

    public static IReadOnlyList<TemplateNode> Parse(string file, string text)
    {
        var parser = new TemplateParser(file, text);
        var (nodes, end) = parser.Block();
        return end.Length == 0 ? nodes : throw parser.Wrong($"'{end}' closes nothing");
    }

    /// <summary>Every function and keyword that a text names, in branches that are never taken too.</summary>
    public static IEnumerable<string> Words(string file, string text) =>
        new TemplateParser(file, text)._pieces.Where(piece => piece.IsAction)
            .SelectMany(piece => Token().Matches(piece.Text))
            .Select(token => token.Value)
            .Where(token => char.IsLetter(token[0]));

    private void Split(string text)
    {
        var from = 0;
        var trims = false;
        foreach (Match action in Action().Matches(text))
        {
            AddText(text[from..action.Index], trims, action.Groups["left"].Success);
            if (!action.Groups["comment"].Success)
                _pieces.Add((true, action.Groups["body"].Value.Trim()));
            from = action.Index + action.Length;
            trims = action.Groups["right"].Success;
        }
        if (text.IndexOf("{{", from, StringComparison.Ordinal) >= 0)
            throw Wrong("an action that does not end");
        AddText(text[from..], trims, false);
    }

    private void AddText(string text, bool trimsStart, bool trimsEnd)
    {
        text = trimsStart ? text.TrimStart() : text;
        text = trimsEnd ? text.TrimEnd() : text;
        if (text.Length > 0)
            _pieces.Add((false, text));
    }

    /// <summary>Nodes up to an <c>else</c> or <c>end</c> of the enclosing block, and that action.</summary>
    private (IReadOnlyList<TemplateNode> Nodes, string End) Block()
    {
        var nodes = new List<TemplateNode>();
        while (_at < _pieces.Count)
        {
            var (isAction, text) = _pieces[_at++];
            if (!isAction)
                nodes.Add(new TextNode(text));
            else if (text == "end" || text == "else" || text.StartsWith("else if ", StringComparison.Ordinal))
                return (nodes, text);
            else
                nodes.Add(Action(text));
        }
        return (nodes, "");
    }

    private TemplateNode Action(string text)
    {
        var word = Token().Match(text).Value;
        var rest = text[word.Length..].Trim();
        return word switch
        {
            "if" => If(rest),
            "with" => With(rest),
            "range" => Range(rest),
            "define" => new DefineNode(rest.Trim('"'), Closed()),
            "template" or "block" or "break" or "continue" => throw Wrong($"'{word}' is not known here"),
            _ => new OutputNode(Pipeline(text)),
        };
    }

    private IfNode If(string condition)
    {
        var (then, end) = Block();
        IReadOnlyList<TemplateNode> otherwise = end switch
        {
            "end" => [],
            "else" => Closed(),
            "" => throw Wrong($"'if {condition}' does not end"),
            _ => [If(end["else if ".Length..])],
        };
        return new IfNode(Pipeline(condition), then, otherwise);
    }

    private WithNode With(string value)
    {
        var (then, end) = Block();
        return new WithNode(Pipeline(value), then, end == "else" ? Closed() : end == "end" ? [] : throw Wrong($"'with {value}' does not end"));
    }

    private RangeNode Range(string text)
    {
        var pipeline = Pipeline(text);
        return new RangeNode(pipeline.Variable, pipeline with { Variable = "" }, Closed());
    }

    private IReadOnlyList<TemplateNode> Closed()
    {
        var (nodes, end) = Block();
        return end == "end" ? nodes : throw Wrong($"an 'end' is missing, there is '{end}'");
    }

    private Pipeline Pipeline(string text)
    {
        var tokens = new List<string>();
        var at = 0;
        foreach (Match token in Token().Matches(text))
        {
            if (text[at..token.Index].Trim().Length > 0)
                throw Wrong($"'{text[at..token.Index].Trim()}' in '{text}' is not known here");
            tokens.Add(token.Value);
            at = token.Index + token.Length;
        }
        if (text[at..].Trim().Length > 0)
            throw Wrong($"'{text[at..].Trim()}' in '{text}' is not known here");
        var next = 0;
        var pipeline = Pipeline(tokens, ref next);
        return next == tokens.Count ? pipeline : throw Wrong($"'{tokens[next]}' in '{text}' closes nothing");
    }

    private Pipeline Pipeline(List<string> tokens, ref int at)
    {
        var (variable, declares) = ("", false);
        if (at + 1 < tokens.Count && tokens[at][0] == '$' && tokens[at + 1] is ":=" or "=")
            (variable, declares, at) = (tokens[at], tokens[at + 1] == ":=", at + 2);
        var commands = new List<IReadOnlyList<Operand>>();
        var command = new List<Operand>();
        for (; at < tokens.Count && tokens[at][0] != ')'; at++)
        {
            if (tokens[at] == "|")
            {
                commands.Add(command);
                command = [];
            }
            else
            {
                command.Add(Operand(tokens, ref at));
            }
        }
        commands.Add(command);
        return commands.All(parts => parts.Count > 0) ? new Pipeline(variable, declares, commands) : throw Wrong("a command without a word");
    }

    private Operand Operand(List<string> tokens, ref int at)
    {
        var token = tokens[at];
        if (token == "(")
        {
            at++;
            var inner = Pipeline(tokens, ref at);
            return at < tokens.Count ? new PathOperand("", inner, Fields(tokens[at][1..])) : throw Wrong("a parenthesis that does not close");
        }
        return token[0] switch
        {
            '"' => new LiteralOperand(Regex.Unescape(token[1..^1])),
            '.' => new PathOperand(".", null, Fields(token)),
            '$' => Variable(token),
            _ when long.TryParse(token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => new LiteralOperand(number),
            _ when token is "true" or "false" => new LiteralOperand(token == "true"),
            _ when char.IsLetter(token[0]) => new FunctionOperand(token),
            _ => throw Wrong($"'{token}' is not known here"),
        };
    }

    private static PathOperand Variable(string token)
    {
        var dot = token.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new PathOperand(token, null, []) : new PathOperand(token[..dot], null, Fields(token[dot..]));
    }

    private static string[] Fields(string path) => path.Split('.', StringSplitOptions.RemoveEmptyEntries);

    private TemplateException Wrong(string meaning) => new($"{_file}: {meaning}");

    [GeneratedRegex(@"\{\{(?<left>-\s)?\s*(?:(?<comment>/\*.*?\*/)|(?<body>(?:""(?:[^""\\]|\\.)*""|.)*?))\s*(?<right>\s-)?\}\}", RegexOptions.Singleline)]
    private static partial Regex Action();

    [GeneratedRegex(@"""(?:[^""\\]|\\.)*""|:=|=|\||\(|\)(?:\.[A-Za-z0-9_.]+)?|\$?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_.]+)?|\$(?:\.[A-Za-z0-9_.]+)?|\.[A-Za-z0-9_.]*|-?[0-9]+")]
    private static partial Regex Token();
}
