using System.Globalization;
using System.Text;

namespace Homelab.Manifests.Tests.Templates;

/// <summary>Runs templates as Go's text/template does, but stricter: printing nothing, or asking a field of nothing, is an error.</summary>
/// <param name="defines">Named templates of all files.</param>
internal sealed class TemplateRun(IReadOnlyDictionary<string, IReadOnlyList<TemplateNode>> defines)
{
    /// <summary>Variables, innermost last.</summary>
    private readonly List<(string Name, object? Value)> _variables = [];

    /// <param name="dot">Also the value of <c>$</c>.</param>
    public static string Render(IReadOnlyList<TemplateNode> nodes, object? dot, IReadOnlyDictionary<string, IReadOnlyList<TemplateNode>> defines)
    {
        var run = new TemplateRun(defines);
        run._variables.Add(("$", dot));
        var text = new StringBuilder();
        run.Block(nodes, dot, text);
        return text.ToString();
    }

    public string Include(string name, object? dot) =>
        defines.TryGetValue(name, out var nodes) ? Render(nodes, dot, defines) : throw new TemplateException($"no template '{name}' is defined");

    private void Block(IReadOnlyList<TemplateNode> nodes, object? dot, StringBuilder text)
    {
        var depth = _variables.Count;
        foreach (var node in nodes)
            Node(node, dot, text);
        _variables.RemoveRange(depth, _variables.Count - depth);
    }

    private void Node(TemplateNode node, object? dot, StringBuilder text)
    {
        switch (node)
        {
            case TextNode plain:
                text.Append(plain.Text);
                break;
            case OutputNode { Pipeline.Variable.Length: > 0 } output:
                Assign(output.Pipeline, Evaluate(output.Pipeline, dot));
                break;
            case OutputNode output:
                text.Append(Printed(Evaluate(output.Pipeline, dot)));
                break;
            case IfNode branch:
                Block(IsTrue(Evaluate(branch.Condition, dot)) ? branch.Then : branch.Else, dot, text);
                break;
            case WithNode with:
                var value = Evaluate(with.Value, dot);
                Block(IsTrue(value) ? with.Then : with.Else, IsTrue(value) ? value : dot, text);
                break;
            case RangeNode range:
                Range(range, dot, text);
                break;
            case DefineNode:
                break;
            default:
                throw new TemplateException($"{node.GetType().Name} can not be run");
        }
    }

    private void Range(RangeNode range, object? dot, StringBuilder text)
    {
        if (Evaluate(range.Values, dot) is not IReadOnlyList<object?> items)
            throw new TemplateException("range wants a list here");
        foreach (var item in items)
        {
            if (range.Variable.Length > 0)
                _variables.Add((range.Variable, item));
            Block(range.Body, item, text);
            if (range.Variable.Length > 0)
                _variables.RemoveAt(_variables.Count - 1);
        }
    }

    private void Assign(Pipeline pipeline, object? value)
    {
        var at = pipeline.Declares ? -1 : _variables.FindLastIndex(variable => variable.Name == pipeline.Variable);
        if (!pipeline.Declares && at < 0)
            throw new TemplateException($"{pipeline.Variable} is not declared");
        if (at < 0)
            _variables.Add((pipeline.Variable, value));
        else
            _variables[at] = (pipeline.Variable, value);
    }

    private object? Evaluate(Pipeline pipeline, object? dot)
    {
        var (value, isFirst) = ((object?)null, true);
        foreach (var command in pipeline.Commands)
        {
            value = Command(command, dot, isFirst ? [] : [value]);
            isFirst = false;
        }
        return value;
    }

    private object? Command(IReadOnlyList<Operand> parts, object? dot, IReadOnlyList<object?> piped)
    {
        if (parts[0] is FunctionOperand function)
            return Call(function.Name, parts, dot, piped);
        if (parts[0] is PathOperand { Fields.Count: > 0 } path && parts.Count > 1)
        {
            var owner = Value(path with { Fields = [.. path.Fields.Take(path.Fields.Count - 1)] }, dot);
            return TemplateFunctions.Method(owner, path.Fields[^1], [.. parts.Skip(1).Select(part => Value(part, dot))]);
        }
        return parts.Count == 1 && piped.Count == 0 ? Value(parts[0], dot) : throw new TemplateException("a value takes no arguments");
    }

    private object? Call(string name, IReadOnlyList<Operand> parts, object? dot, IReadOnlyList<object?> piped)
    {
        if (name is "and" or "or")
            return ShortCut(name == "or", [.. parts.Skip(1)], dot);
        List<object?> arguments = [.. parts.Skip(1).Select(part => Value(part, dot)), .. piped];
        return name == "include" ? Include((string)arguments[0]!, arguments[1]) : TemplateFunctions.Call(name, arguments);
    }

    /// <summary>The first argument that settles it, or the last; those after it are not looked at.</summary>
    private object? ShortCut(bool stopsAt, List<Operand> operands, object? dot)
    {
        object? value = null;
        foreach (var operand in operands)
        {
            value = Value(operand, dot);
            if (IsTrue(value) == stopsAt)
                break;
        }
        return value;
    }

    private object? Value(Operand operand, object? dot) => operand switch
    {
        LiteralOperand literal => literal.Value,
        FunctionOperand function => Call(function.Name, [function], dot, []),
        PathOperand { Inner: { } inner } path => Fields(Evaluate(inner, dot), path.Fields),
        PathOperand { Root: "." } path => Fields(dot, path.Fields),
        PathOperand path => Fields(Variable(path.Root), path.Fields),
        _ => throw new TemplateException($"{operand.GetType().Name} has no value"),
    };

    private object? Variable(string name)
    {
        var at = _variables.FindLastIndex(variable => variable.Name == name);
        return at >= 0 ? _variables[at].Value : throw new TemplateException($"{name} is not declared");
    }

    private static object? Fields(object? value, IReadOnlyList<string> fields)
    {
        foreach (var field in fields)
            value = value is IReadOnlyDictionary<string, object?> map ? map.GetValueOrDefault(field) : throw new TemplateException($".{field} is asked of what is no map");
        return value;
    }

    public static bool IsTrue(object? value) => value switch
    {
        null or false or "" or 0L or 0.0 => false,
        IReadOnlyList<object?> list => list.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    public static string Printed(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        null => throw new TemplateException("a value that is not there would be printed"),
        _ => throw new TemplateException("a list or a map would be printed"),
    };
}
