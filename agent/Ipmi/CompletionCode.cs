using System.Globalization;

namespace Homelab.NodeAgent.Ipmi;

/// <summary>The first byte of an answer: IPMI 2.0, table 5-2.</summary>
internal static class CompletionCode
{
    public const byte Success = 0x00;

    /// <summary>The controller will never answer this: it does not know the command, or not in this state or configuration.</summary>
    public static bool IsRefusal(byte code) => code is 0xC1 or 0xC2 or 0xCC or 0xD5 or 0xD6;

    /// <summary>Who asks lacks the right.</summary>
    public static bool IsDenial(byte code) => code == 0xD4;

    /// <summary>The code and its meaning, <c>0xC1 invalid command</c>.</summary>
    public static string Words(byte code) => "0x" + code.ToString("X2", CultureInfo.InvariantCulture) + code switch
    {
        Success => " success",
        0xC0 => " busy",
        0xC1 => " invalid command",
        0xC2 => " invalid command for this unit",
        0xC3 => " timeout",
        0xC7 => " wrong request length",
        0xCC => " invalid data field",
        0xCE => " no answer could be given",
        0xD2 => " the controller initialises",
        0xD4 => " insufficient privilege",
        0xD5 => " not supported in this state",
        0xD6 => " disabled by configuration",
        0xFF => " unspecified error",
        _ => "",
    };
}
