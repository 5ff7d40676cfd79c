using System.Text;

namespace Homelab.Aggregator.Cli;

/// <summary>Columns padded to their widest cell. Padding counts characters, so paint cells after measuring: <see cref="Cell"/> carries both.</summary>
internal static class TextTable
{
    /// <param name="Text">What is measured.</param>
    /// <param name="Painted">What is written; the text itself when null.</param>
    internal readonly record struct Cell(string Text, string? Painted = null)
    {
        public static implicit operator Cell(string text) => new(text);
    }

    /// <param name="rightAligned">Columns of figures.</param>
    public static void Append(StringBuilder output, IReadOnlyList<Cell[]> rows, params int[] rightAligned)
    {
        if (rows.Count == 0)
            return;
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Text.Length)).ToArray();
        foreach (var row in rows)
        {
            for (var column = 0; column < row.Length; column++)
            {
                var padding = new string(' ', widths[column] - row[column].Text.Length);
                var text = row[column].Painted ?? row[column].Text;
                var isLast = column == row.Length - 1;
                output.Append(rightAligned.Contains(column) ? padding + text : isLast ? text : text + padding);
                output.Append(isLast ? "\n" : "  ");
            }
        }
    }
}
