using System.Security.Cryptography;
using System.Text;

namespace Homelab.Aggregator.Configuration;

/// <summary>The bearer token that lets other machines give orders. Kept and compared as a hash, in a time that tells nothing about it.</summary>
internal sealed class OrderToken
{
    private const int LeastLength = 16;
    private const int MostLength = 4096;
    private readonly byte[] _hash;

    private OrderToken(byte[] hash) => _hash = hash;

    /// <summary>Null when there is no file. Throws <see cref="ConfigException"/> when it can not be used.</summary>
    public static OrderToken? Load(string path)
    {
        if (path.Length == 0)
            return null;
        return Complaint(path) is { } complaint ? throw new ConfigException($"api.tokenFile: {complaint}") : new OrderToken(Hash(File.ReadAllText(path).Trim()));
    }

    /// <summary>What is wrong with the file; null when nothing is.</summary>
    public static string? Complaint(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
                return $"{path} may be read by every user";
            var length = new FileInfo(path).Length > MostLength ? int.MaxValue : File.ReadAllText(path).Trim().Length;
            return length is >= LeastLength and <= MostLength ? null : $"{path} holds no token of {LeastLength} to {MostLength} characters";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    public bool Is(string given) => CryptographicOperations.FixedTimeEquals(Hash(given), _hash);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
