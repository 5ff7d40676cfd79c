namespace Homelab.Manifests.Tests.Templates;

/// <summary>A part of a template.</summary>
internal abstract record TemplateNode;

internal sealed record TextNode(string Text) : TemplateNode;

/// <summary>Prints a value, or declares or sets a variable.</summary>
internal sealed record OutputNode(Pipeline Pipeline) : TemplateNode;

internal sealed record IfNode(Pipeline Condition, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

internal sealed record WithNode(Pipeline Value, IReadOnlyList<TemplateNode> Then, IReadOnlyList<TemplateNode> Else) : TemplateNode;

internal sealed record RangeNode(string Variable, Pipeline Values, IReadOnlyList<TemplateNode> Body) : TemplateNode;

internal sealed record DefineNode(string Name, IReadOnlyList<TemplateNode> Body) : TemplateNode;

/// <summary>Commands of which each is given the result of the one before it as its last argument.</summary>
/// <param name="Variable">With its dollar sign; empty for none.</param>
/// <param name="Declares">True for <c>:=</c>, false for <c>=</c>.</param>
internal sealed record Pipeline(string Variable, bool Declares, IReadOnlyList<IReadOnlyList<Operand>> Commands);

internal abstract record Operand;

internal sealed record LiteralOperand(object? Value) : Operand;

internal sealed record FunctionOperand(string Name) : Operand;

/// <summary>Dot, a variable or a parenthesis, and the fields that are taken of it.</summary>
/// <param name="Root"><c>.</c>, a variable's name, or empty where <paramref name="Inner"/> is.</param>
internal sealed record PathOperand(string Root, Pipeline? Inner, IReadOnlyList<string> Fields) : Operand;

/// <summary>The template is wrong, or uses more of the language than is known here.</summary>
internal sealed class TemplateException(string message) : Exception(message);
