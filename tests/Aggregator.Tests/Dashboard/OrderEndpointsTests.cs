using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class OrderEndpointsTests : IDisposable
{
    private const string Token = "a-token-of-more-than-sixteen-characters";
    private readonly string _tokenFile = Path.GetTempFileName();

    public OrderEndpointsTests()
    {
        File.WriteAllText(_tokenFile, Token + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_tokenFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Override_FromThisMachine_IsInForce()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        var (status, answer) = await SendAsync(aggregator, "/api/v1/budget/override", """{"watts":80,"for":"2h"}""");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(answer.GetProperty("applied").GetBoolean());
        Assert.True(answer.GetProperty("stored").GetBoolean());
        var fleet = await aggregator.UntilAsync(fleet => fleet.Balance.Budget == Power.FromWatts(80), ticks: true);
        Assert.Equal("fleet set to 80 W until 12:00", fleet.Control!.Budget.Reason);

        var (cleared, _) = await SendAsync(aggregator, "/api/v1/budget/override", "{}", method: "DELETE");
        Assert.Equal(HttpStatusCode.OK, cleared);
        await aggregator.UntilAsync(fleet => fleet.Balance.Budget == Power.FromWatts(100), ticks: true);
    }

    [Theory]
    [InlineData("""{"watts":0,"for":"2h"}""")]
    [InlineData("""{"watts":1e9,"for":"2h"}""")]
    [InlineData("""{"watts":80}""")]
    [InlineData("""{"watts":80,"for":"-2h"}""")]
    [InlineData("""{"watts":80,"for":"soon"}""")]
    [InlineData("""{"watts":"a","for":"2h"}""")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("")]
    public async Task Override_BodyThatWillNotDo_IsABadOrder(string body)
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        var (status, problem) = await SendAsync(aggregator, "/api/v1/budget/override", body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("Bad order", problem.GetProperty("title").GetString());
        Assert.NotEqual("", problem.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Override_LongBody_IsRefused()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(aggregator, "/api/v1/budget/override", new string(' ', 10_000) + """{"watts":80,"for":"2h"}""")).Status);
    }

    [Fact]
    public async Task Override_UnknownGroup_IsNotFound()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        var (status, problem) = await SendAsync(aggregator, "/api/v1/budget/override", """{"watts":80,"for":"2h","group":"tp9"}""");

        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Contains("tp9", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", null, null, null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/x-www-form-urlencoded", null, null, null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/json", "Origin", "http://evil.example", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", "Origin", "null", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", "Sec-Fetch-Site", "cross-site", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", "Sec-Fetch-Site", "same-site", null, HttpStatusCode.Forbidden)]
    [InlineData("application/json", "X-Forwarded-For", "10.0.0.9", null, HttpStatusCode.Unauthorized)]
    [InlineData("application/json", "Via", "1.1 proxy", null, HttpStatusCode.Unauthorized)]
    [InlineData("application/json", "X-Forwarded-For", "10.0.0.9", Token, HttpStatusCode.OK)]
    [InlineData("application/json", "X-Forwarded-For", "10.0.0.9", "another-token-altogether", HttpStatusCode.Unauthorized)]
    [InlineData("application/json", null, null, "another-token-altogether", HttpStatusCode.Unauthorized)]
    [InlineData("application/json", "Origin", "http://evil.example", Token, HttpStatusCode.Forbidden)]
    [InlineData("application/json; charset=utf-8", "Sec-Fetch-Site", "same-origin", null, HttpStatusCode.OK)]
    public async Task Order_WhoeverSendsIt_IsAdmittedOnlyWhenItMayBe(string type, string? header, string? value, string? token, HttpStatusCode expected)
    {
        await using var aggregator = await RunningAggregator.StartAsync(new AggregatorOptions { TokenFile = _tokenFile });

        var (status, _) = await SendAsync(aggregator, "/api/v1/budget/override", """{"watts":80,"for":"2h"}""", type, header, value, token);

        Assert.Equal(expected, status);
        if (expected != HttpStatusCode.OK)
            Assert.Empty(aggregator.History.Read(null, DateTimeOffset.MinValue, 10));
    }

    [Theory]
    [InlineData("POST", "/api/v1/budget/mode")]
    [InlineData("POST", "/api/v1/budget/supply")]
    [InlineData("POST", "/api/v1/budget/meter")]
    [InlineData("DELETE", "/api/v1/budget/override")]
    [InlineData("POST", "/api/v1/nodes/um890/forget")]
    public async Task Order_FromAnotherPage_IsRefusedEverywhere(string method, string path)
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(aggregator, path, "{}", header: "Origin", value: "http://evil.example", method: method)).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(aggregator, path, "{}", type: "text/plain", method: method)).Status);
    }

    [Fact]
    public async Task Mode_WithoutConfirm_SaysWhatWouldHappenAndChangesNothing()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await CappedAgent.JoinAsync(aggregator, channel);
        await agent.ReportAsync();
        await aggregator.UntilAsync(fleet => fleet.Control?.Find(Sample.Node()) is not null, ticks: true);

        var (_, preview) = await SendAsync(aggregator, "/api/v1/budget/mode", """{"mode":"cap"}""");
        Assert.False(preview.GetProperty("applied").GetBoolean());
        Assert.Contains("um890", preview.GetProperty("effects").ToString(), StringComparison.Ordinal);
        Assert.Equal(ControlMode.Observe, aggregator.Fleet.Current.Control!.State.Mode);

        var (_, done) = await SendAsync(aggregator, "/api/v1/budget/mode", """{"mode":"cap","confirm":true}""");
        Assert.True(done.GetProperty("applied").GetBoolean());
        await aggregator.UntilAsync(fleet => fleet.Control!.State.Mode == ControlMode.Cap, ticks: true);
    }

    [Fact]
    public async Task Mode_UnknownWord_IsABadOrder()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(aggregator, "/api/v1/budget/mode", """{"mode":"off","confirm":true}""")).Status);
    }

    [Fact]
    public async Task Supply_OnBattery_LowersTheBudgetToTheBatterys()
    {
        await using var aggregator = await RunningAggregator.StartAsync(new AggregatorOptions { OnBattery = Power.FromWatts(60) });

        await SendAsync(aggregator, "/api/v1/budget/supply", """{"onBattery":true}""");
        await aggregator.UntilAsync(fleet => fleet.Balance.Budget == Power.FromWatts(60), ticks: true);

        await SendAsync(aggregator, "/api/v1/budget/supply", """{"onBattery":false}""");
        await aggregator.UntilAsync(fleet => fleet.Balance.Budget == Power.FromWatts(100), ticks: true);
    }

    [Fact]
    public async Task Forget_UnknownNode_IsNotFound()
    {
        await using var aggregator = await RunningAggregator.StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(aggregator, "/api/v1/nodes/nobody/forget", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(aggregator, "/api/v1/nodes/UPPER/forget", "{}")).Status);
    }

    [Fact]
    public async Task Budget_RunningFleet_ShowsTreeScheduleAndNodes()
    {
        await using var aggregator = await RunningAggregator.StartAsync(new AggregatorOptions { Groups = [new BudgetGroup { Name = "tp2", Limit = Power.FromWatts(30) }] });
        await aggregator.UntilAsync(fleet => fleet.Control is not null, ticks: true);

        var budget = JsonDocument.Parse(await aggregator.Client.GetStringAsync("/api/v1/budget")).RootElement;

        Assert.Equal("homelab.budget/v1", budget.GetProperty("schema").GetString());
        Assert.Equal(["fleet", "tp2"], budget.GetProperty("control").GetProperty("groups").EnumerateArray().Select(group => group.GetProperty("name").GetString()));
        Assert.Equal("configured", budget.GetProperty("control").GetProperty("budgetReason").GetString());
    }

    [Fact]
    public async Task Decisions_AfterAnOrder_AreListedAndBadQueriesRefused()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        await SendAsync(aggregator, "/api/v1/budget/override", """{"watts":80,"for":"2h"}""");

        var all = JsonDocument.Parse(await aggregator.Client.GetStringAsync("/api/v1/decisions?since=2h&limit=10")).RootElement.GetProperty("decisions");
        Assert.Contains("by order", all[0].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, JsonDocument.Parse(await aggregator.Client.GetStringAsync("/api/v1/decisions?node=um890")).RootElement.GetProperty("decisions").GetArrayLength());
        foreach (var query in new[] { "node=UPPER", "since=soon", "limit=0", "limit=99999" })
            Assert.Equal(HttpStatusCode.BadRequest, (await aggregator.Client.GetAsync(new Uri("/api/v1/decisions?" + query, UriKind.Relative))).StatusCode);
    }

    public void Dispose() => File.Delete(_tokenFile);

    private static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(
        RunningAggregator aggregator, string path, string body, string type = "application/json", string? header = null, string? value = null, string? token = null, string method = "POST")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (header is not null)
            request.Headers.TryAddWithoutValidation(header, value);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await aggregator.Client.SendAsync(request).InTime();
        var text = await response.Content.ReadAsStringAsync();
        if (response.StatusCode != HttpStatusCode.OK)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, JsonDocument.Parse(text).RootElement);
    }
}
