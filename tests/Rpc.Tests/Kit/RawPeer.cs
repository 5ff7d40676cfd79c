using System.Net;
using System.Net.Http.Headers;

namespace Homelab.Rpc.Tests;

/// <summary>An HTTP/2 client without manners: any body, any header, and the answer's status as it came.</summary>
internal sealed class RawPeer(Uri address) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler()) { Timeout = Loopback.Limit };

    public async Task<RawAnswer> PostAsync(
        string path, byte[] body, string contentType = "application/grpc", Version? version = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = version ?? HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        var content = await response.Content.ReadAsByteArrayAsync();
        var fields = response.Headers.Concat(response.TrailingHeaders).ToDictionary(field => field.Key, field => string.Join(',', field.Value));
        return new RawAnswer(response.StatusCode, fields, content, response.Headers.Contains("grpc-status"));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A well-formed frame around any bytes.</summary>
    public static byte[] Frame(byte[] message, byte flag = 0) =>
        [flag, (byte)(message.Length >> 24), (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
}

internal sealed record RawAnswer(HttpStatusCode Http, IReadOnlyDictionary<string, string> Fields, byte[] Body, bool TrailersOnly)
{
    public RpcCode Code => (RpcCode)int.Parse(Fields["grpc-status"], System.Globalization.CultureInfo.InvariantCulture);

    public string Message => Fields.GetValueOrDefault("grpc-message", "");
}
