using System.Globalization;

namespace Homelab.NodeAgent.Gpio;

/// <summary>A line as the operator writes it: <c>gpiochip0:17</c>, or <c>pinctrl-rp1:17</c> by the chip's label, which does not move between boots.</summary>
/// <param name="Chip">The chip's device name or its label.</param>
/// <param name="Offset">0 to 1023.</param>
internal sealed record GpioLineName(string Chip, int Offset)
{
    public const string Expects = "a line like gpiochip0:17, or by the chip's label pinctrl-rp1:17";

    private const int LongestName = 31;

    /// <summary>True when <see cref="Chip"/> names a device node rather than a label.</summary>
    public bool IsNode => Chip.StartsWith("gpiochip", StringComparison.Ordinal) && Chip.Length > 8 && Chip.AsSpan(8).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>Null when the text is no line.</summary>
    public static GpioLineName? Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon is <= 0 or > LongestName)
            return null;
        foreach (var letter in text.AsSpan(0, colon))
        {
            if (letter is <= ' ' or > '~' or '/' or ',' or '=')
                return null;
        }
        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) && offset < 1024
            ? new GpioLineName(text[..colon], offset)
            : null;
    }

    public override string ToString() => Chip + ":" + Offset.ToString(CultureInfo.InvariantCulture);
}
