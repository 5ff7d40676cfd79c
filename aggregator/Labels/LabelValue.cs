namespace Homelab.Aggregator.Labels;

/// <summary>What Kubernetes takes as a label's value: at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends; or nothing.</summary>
internal static class LabelValue
{
    public const int MostCharacters = 63;

    public static bool IsValid(string value) => value.Length == 0
        || (value.Length <= MostCharacters && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1]) && value.All(IsAllowed));

    /// <summary>The nearest valid value in lower case, one '-' for each run of what is not allowed; null when nothing is left.</summary>
    public static string? Of(string text)
    {
        var kept = new char[Math.Min(text.Length, MostCharacters)];
        var length = 0;
        foreach (var c in text)
        {
            if (length == kept.Length)
                break;
            var next = IsAllowed(c) ? char.ToLowerInvariant(c) : '-';
            if (length == 0 ? char.IsAsciiLetterOrDigit(next) : next != '-' || kept[length - 1] != '-')
                kept[length++] = next;
        }
        while (length > 0 && !char.IsAsciiLetterOrDigit(kept[length - 1]))
            length--;
        return length == 0 ? null : new string(kept, 0, length);
    }

    /// <summary>A board's name without its revision, which is no reason to place a pod elsewhere: <c>raspberry-pi-4-model-b</c>.</summary>
    public static string? OfBoard(string board)
    {
        var revision = board.LastIndexOf(" Rev ", StringComparison.OrdinalIgnoreCase);
        return Of(revision > 0 ? board[..revision] : board);
    }

    private static bool IsAllowed(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';
}
