using System.Globalization;
using System.Text;

namespace Homelab.NodeAgent.Configuration;

/// <summary>A key and its value out of a flow mapping.</summary>
/// <param name="Key">Dotted, from the file's root.</param>
/// <param name="Value">The text.</param>
/// <param name="IsNull">True for <c>~</c>, <c>null</c> and nothing.</param>
internal sealed record FlowEntry(string Key, string Value, bool IsNull);

/// <summary>Reads keys and values within one line. Source: YAML 1.2.2, chapters 7.3 (scalars) and 7.4 (flow collections).</summary>
internal ref struct YamlScanner(string line)
{
    private const int DeepestNesting = 16;

    private int _at;

    /// <summary>Why the last Try returned false; to follow a key's name.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>True when the line holds more than spaces and a comment.</summary>
    public bool HasValue
    {
        get
        {
            SkipSpaces();
            return _at < line.Length && !AtComment();
        }
    }

    public bool IsFlowMapping => HasValue && line[_at] == '{';

    /// <summary>Reads <c>key:</c>, plain or quoted.</summary>
    public bool TryKey(out string key)
    {
        key = "";
        if (line[0] is '"' or '\'')
        {
            if (!TryQuoted(out key))
                return false;
            SkipSpaces();
        }
        else
        {
            var end = 0;
            while (end < line.Length && (line[end] != ':' || (end + 1 < line.Length && line[end + 1] is not (' ' or '\t'))) && !IsCommentAt(end))
                end++;
            key = line[..end].TrimEnd();
            _at = end;
        }
        if (_at >= line.Length || line[_at] != ':')
            return Fail("the line is not 'key: value'");
        _at++;
        return key.Length > 0 && key[0] is not ('?' or '&' or '*' or '!' or '{' or '[' or '|' or '>' or '%' or '@' or '`')
            || Fail("the line does not begin with a plain key");
    }

    /// <summary>Reads a scalar: to the end of the line in block context, to the next <c>,</c> or <c>}</c> in flow context.</summary>
    public bool TryValue(bool isFlow, out string value, out bool isNull)
    {
        (value, isNull) = ("", false);
        SkipSpaces();
        if (_at >= line.Length || (isFlow && line[_at] is ',' or '}'))
            return isNull = true;
        if (line[_at] is '"' or '\'')
            return TryQuoted(out value) && (isFlow || !HasValue || Fail("has text behind its closing quote"));
        var refused = line[_at] switch
        {
            '[' => "is a list; one value is expected",
            '&' or '*' => "is an anchor or alias; write the value itself",
            '!' => "has a type tag; write the plain value",
            '|' or '>' => "is a block of text; one value is expected",
            '@' or '`' or '%' => "begins with a character that YAML reserves; put it in quotes",
            '-' or '?' or ':' when _at + 1 >= line.Length || line[_at + 1] == ' ' => "begins with an indicator of YAML; put it in quotes",
            _ => "",
        };
        if (refused.Length > 0)
            return Fail(refused);
        value = Plain(isFlow);
        isNull = value is "~" or "null" or "Null" or "NULL";
        return !HasInnerKey(value) || Fail("has ': ' within its value; put it in quotes");
    }

    /// <summary>Reads a whole flow mapping and what may follow it, a comment.</summary>
    public bool TryFlow(string prefix, out List<FlowEntry> entries)
    {
        entries = [];
        return TryFlowMapping(prefix, entries, 0) && (!HasValue || Fail("has text behind its closing brace"));
    }

    private bool TryFlowMapping(string prefix, List<FlowEntry> entries, int depth)
    {
        if (depth > DeepestNesting)
            return Fail("is nested too deeply");
        _at++;
        while (HasValue)
        {
            if (line[_at] == '}')
            {
                _at++;
                return true;
            }
            if (!TryFlowEntry(prefix, entries, depth))
                return false;
            SkipSpaces();
            if (_at < line.Length && line[_at] == ',')
                _at++;
            else if (_at >= line.Length || line[_at] != '}')
                return Fail("does not close its brace on the same line");
        }
        return Fail("does not close its brace on the same line");
    }

    private bool TryFlowEntry(string prefix, List<FlowEntry> entries, int depth)
    {
        string name;
        if (line[_at] is '"' or '\'')
        {
            if (!TryQuoted(out name))
                return false;
            SkipSpaces();
        }
        else
        {
            var end = _at;
            while (end < line.Length && line[end] is not (':' or ',' or '{' or '}' or '[' or ']'))
                end++;
            name = line[_at..end].Trim();
            _at = end;
        }
        if (name.Length == 0 || _at >= line.Length || line[_at] != ':')
            return Fail("has an entry that is not 'key: value'");
        _at++;
        SkipSpaces();
        if (_at < line.Length && line[_at] == '{')
            return TryFlowMapping(prefix + "." + name, entries, depth + 1);
        if (!TryValue(isFlow: true, out var value, out var isNull))
            return false;
        entries.Add(new FlowEntry(prefix + "." + name, value, isNull));
        return true;
    }

    private string Plain(bool isFlow)
    {
        var end = _at;
        while (end < line.Length && !IsCommentAt(end) && !(isFlow && line[end] is ',' or '{' or '}' or '[' or ']'))
            end++;
        var text = line[_at..end].TrimEnd();
        _at = end;
        return text;
    }

    private bool TryQuoted(out string text)
    {
        var quote = line[_at++];
        var built = new StringBuilder();
        for (; _at < line.Length; _at++)
        {
            var c = line[_at];
            if (c == quote && quote == '\'' && _at + 1 < line.Length && line[_at + 1] == '\'')
                _at++;
            else if (c == quote)
            {
                _at++;
                text = built.ToString();
                return true;
            }
            else if (c == '\\' && quote == '"')
            {
                if (!TryEscape(built))
                    break;
                continue;
            }
            built.Append(c);
        }
        text = "";
        return Fail(Problem.Length > 0 ? Problem : "does not close its quote on the same line");
    }

    /// <summary>Takes the character behind a backslash, leaving the position on the last one used.</summary>
    private bool TryEscape(StringBuilder built)
    {
        if (++_at >= line.Length)
            return false;
        var c = line[_at];
        var plain = c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', '0' => '\0', '"' or '\\' or '/' or ' ' => c, _ => (char?)null };
        if (plain is { } known)
        {
            built.Append(known);
            return true;
        }
        if (c == 'u' && _at + 4 < line.Length
            && ushort.TryParse(line.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code))
        {
            built.Append((char)code);
            _at += 4;
            return true;
        }
        return Fail($"has the unknown escape \\{c}");
    }

    private static bool HasInnerKey(string value) => value.Contains(": ", StringComparison.Ordinal) || value.EndsWith(':');

    private readonly bool AtComment() => IsCommentAt(_at);

    /// <summary>A comment begins with # at the line's start or behind a space.</summary>
    private readonly bool IsCommentAt(int at) => line[at] == '#' && (at == 0 || line[at - 1] is ' ' or '\t');

    private void SkipSpaces()
    {
        while (_at < line.Length && line[_at] is ' ' or '\t')
            _at++;
    }

    private bool Fail(string problem)
    {
        Problem = problem;
        return false;
    }
}
