using System.CommandLine;

namespace Homelab.Aggregator.Cli;

/// <summary>How every command asks the aggregator: where it is, with what token, and in what form the answer is shown.</summary>
internal sealed class FleetCaller(TextWriter output, TextWriter errors, Func<string, string?> environment)
{
    private readonly Option<string> _aggregator = new("--aggregator") { Description = "Address of the aggregator (HOMELAB_URL)", HelpName = "URL", Recursive = true };
    private readonly Option<string> _tokenFile = new("--token-file") { Description = "File with the token for orders from another machine (HOMELAB_TOKEN_FILE)", HelpName = "FILE", Recursive = true };

    public Option<string> Format { get; } = Choice(new Option<string>("--output", "-o") { Description = "Form of the answer", DefaultValueFactory = _ => "table" }, "table", "json");

    public void AddTo(RootCommand root)
    {
        root.Options.Add(_aggregator);
        root.Options.Add(_tokenFile);
    }

    public async Task<int> AskAsync<T>(
        ParseResult parsed, Func<FleetClient, CancellationToken, Task<Answer<T>>> ask, Func<T, string> show, Func<T, int> judge, CancellationToken cancelled)
        where T : class
    {
        using var http = NewHttp();
        if (ClientOf(parsed, http) is not { } client)
            return ExitCode.Usage;
        var answer = await ask(client, cancelled);
        if (answer.Document is not { } document)
        {
            await errors.WriteLineAsync(answer.Complaint);
            return answer.Exit;
        }
        await output.WriteAsync(parsed.GetValue(Format) == "json" ? answer.Json + "\n" : show(document));
        return judge(document);
    }

    /// <summary>Null, and told, when the address or the token file will not do.</summary>
    public FleetClient? ClientOf(ParseResult parsed, HttpClient http)
    {
        if (!TryReadToken(parsed.GetValue(_tokenFile) ?? environment("HOMELAB_TOKEN_FILE") ?? "", out var token))
            return null;
        var written = parsed.GetValue(_aggregator) ?? environment("HOMELAB_URL") ?? "";
        if (written.Length == 0)
            return new FleetClient(http, FleetClient.DefaultAddress, token);
        if (Uri.TryCreate(written.Contains("://", StringComparison.Ordinal) ? written : "http://" + written, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
            return new FleetClient(http, address, token);
        errors.WriteLine($"--aggregator: '{written}' is not an address. Write e.g. http://hub.lan:8765");
        return null;
    }

    public static HttpClient NewHttp() => new() { Timeout = TimeSpan.FromSeconds(10) };

    private bool TryReadToken(string path, out string token)
    {
        token = "";
        if (path.Length == 0)
            return true;
        try
        {
            token = File.ReadAllText(path).Trim();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"--token-file: {failure.Message}");
            return false;
        }
    }

    private static Option<string> Choice(Option<string> option, params string[] values)
    {
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
