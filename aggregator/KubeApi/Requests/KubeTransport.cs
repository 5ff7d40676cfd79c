using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>Sends one request once: address, headers, credential, bounds. All that goes wrong on the way comes back as a value.</summary>
internal sealed class KubeTransport : IDisposable
{
    private readonly KubeAccess _access;
    private readonly KubeClientOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private X509Certificate2? _certificate;

    public KubeTransport(KubeAccess access, KubeClientOptions options, TimeProvider time)
    {
        (_access, _options, _time) = (access, options, time);
        _http = new HttpMessageInvoker(KubeHandler.Create(access, () => Volatile.Read(ref _certificate)));
    }

    public KubeTraffic Traffic { get; } = new();

    /// <summary>The whole answer within the request timeout.</summary>
    /// <exception cref="OperationCanceledException">Only by <paramref name="cancel"/>.</exception>
    public async Task<KubeResult<JsonElement>> SendAsync(KubeRequest request, CancellationToken cancel)
    {
        using var bound = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancel);
        return await GuardedAsync(async token =>
        {
            var sent = await OpenAsync(request, token).ConfigureAwait(false);
            if (!sent.IsOk)
                return KubeResult<JsonElement>.Failed(sent.Status);
            using var response = sent.Value;
            return await ReadAsync(response, token).ConfigureAwait(false);
        }, either.Token, cancel).ConfigureAwait(false);
    }

    /// <summary>The body as it comes; only its beginning is bound by the request timeout.</summary>
    /// <exception cref="OperationCanceledException">Only by <paramref name="cancel"/>.</exception>
    public async Task<KubeResult<HttpResponseMessage>> StreamAsync(KubeRequest request, CancellationToken cancel)
    {
        using var bound = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancel);
        return await GuardedAsync(async token =>
        {
            var sent = await OpenAsync(request, token).ConfigureAwait(false);
            if (!sent.IsOk || sent.Value.IsSuccessStatusCode)
                return sent;
            using var response = sent.Value;
            return KubeResult<HttpResponseMessage>.Failed((await ReadAsync(response, token).ConfigureAwait(false)).Status);
        }, either.Token, cancel).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _http.Dispose();
        (_access.Credentials as IDisposable)?.Dispose();
    }

    private async Task<KubeResult<T>> GuardedAsync<T>(Func<CancellationToken, Task<KubeResult<T>>> send, CancellationToken bound, CancellationToken cancel)
    {
        KubeResult<T> result;
        try
        {
            result = await send(bound).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            result = KubeResult<T>.Failed(KubeOutcome.TimedOut, $"no answer from {_access.Server.Authority} within {_options.RequestTimeout.TotalSeconds:0.#} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            result = KubeResult<T>.Failed(KubeOutcome.Unreachable, $"{_access.Server.Authority}: {failure.GetBaseException().Message}");
        }
        if (!result.IsOk)
            Traffic.Failed();
        return result;
    }

    private async Task<KubeResult<HttpResponseMessage>> OpenAsync(KubeRequest request, CancellationToken cancel)
    {
        var credential = await _access.Credentials.GetAsync(cancel).ConfigureAwait(false);
        if (!credential.IsOk)
            return KubeResult<HttpResponseMessage>.Failed(credential.Status);
        Volatile.Write(ref _certificate, credential.Value.Certificate);
        using var message = Message(request, credential.Value);
        Traffic.Sent(request.IsRead);
        return KubeResult<HttpResponseMessage>.Ok(await _http.SendAsync(message, cancel).ConfigureAwait(false));
    }

    private HttpRequestMessage Message(KubeRequest request, KubeCredential credential)
    {
        var message = new HttpRequestMessage(request.Method, Address(request))
        {
            Version = _access.Server.Scheme == Uri.UriSchemeHttps ? System.Net.HttpVersion.Version20 : System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.Authorization = credential.Authorization;
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        // The TLS name is taken from the Host header, where there is one.
        if (_access.TlsServerName is { } name)
            message.Headers.Host = name;
        if (_access.ImpersonateUser is { } user)
            message.Headers.TryAddWithoutValidation("Impersonate-User", user);
        if (request.Body is { } body)
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.ToJsonString()));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(request.MediaType);
        }
        return message;
    }

    private Uri Address(KubeRequest request)
    {
        var query = string.Join('&', request.Query.Where(static pair => pair.Value is not null).Select(static pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}"));
        return new Uri($"{_access.Server.AbsoluteUri.TrimEnd('/')}{request.Path.Text}{(query.Length == 0 ? "" : "?" + query)}");
    }

    private async Task<KubeResult<JsonElement>> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        var bytes = await BytesAsync(response, cancel).ConfigureAwait(false);
        var body = bytes is null ? null : JsonReading.Parse(bytes);
        if (!response.IsSuccessStatusCode)
            return KubeResult<JsonElement>.Failed(KubeStatus.Read((int)response.StatusCode, body, RetryAfter(response)));
        if (bytes is null)
            return KubeResult<JsonElement>.Failed(KubeOutcome.Garbage, $"an answer of more than {_options.LargestAnswer} bytes");
        return body is { ValueKind: JsonValueKind.Object } answer
            ? KubeResult<JsonElement>.Ok(answer)
            : KubeResult<JsonElement>.Failed(KubeOutcome.Garbage, "an answer that is no JSON object; is there a proxy between?");
    }

    private async Task<byte[]?> BytesAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        if (response.Content.Headers.ContentLength > _options.LargestAnswer)
            return null;
        var body = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var kept = new MemoryStream();
        var chunk = new byte[16 << 10];
        while (await body.ReadAsync(chunk, cancel).ConfigureAwait(false) is > 0 and var read)
        {
            if (kept.Length + read > _options.LargestAnswer)
                return null;
            kept.Write(chunk, 0, read);
        }
        return kept.ToArray();
    }

    // A date counts against the server's own clock: the two clocks need not agree.
    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } when delta >= TimeSpan.Zero => delta,
        { Date: { } date } when response.Headers.Date is { } sent && date >= sent => date - sent,
        _ => null,
    };
}
