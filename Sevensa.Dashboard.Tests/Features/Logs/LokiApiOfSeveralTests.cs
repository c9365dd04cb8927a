using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Loki;
using Sevensa.Dashboard.Sandbox.Serving;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>The program beside a Loki that takes several tenants at once, and one that does not: the same fleet at the same moment.</summary>
public sealed class TwoLokis : IAsyncLifetime
{
    internal App Together { get; private set; } = null!;

    internal App OneByOne { get; private set; } = null!;

    public static long NowNs => StandIns.Noon.ToUnixNs();

    public async ValueTask InitializeAsync()
    {
        Together = await App.StartAsync(several: true);
        OneByOne = await App.StartAsync(several: false);
    }

    public async ValueTask DisposeAsync()
    {
        await Together.DisposeAsync();
        await OneByOne.DisposeAsync();
    }

    internal sealed class App : SandboxApp
    {
        private StandInServer server = null!;

        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [new("Loki:Url", server.AddressOf("loki"))];

        public static async Task<App> StartAsync(bool several)
        {
            var fleet = new SimulatedFleet(new FakeTimeProvider(StandIns.Noon));
            var app = new App
            {
                server = await StandInServer.StartAsync(
                    new Dictionary<string, IStandIn> { ["loki"] = new LokiStandIn(fleet, several: several) },
                    TestContext.Current.CancellationToken
                ),
            };
            await app.InitializeAsync();
            return app;
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}

/// <summary>Several tenants in one question to the API: <c>a|b</c>, whether or not Loki takes that.</summary>
public sealed class LokiApiOfSeveralTests(TwoLokis lokis) : IClassFixture<TwoLokis>
{
    private const string Span = "start=1795523100000000000&end=1795523400000000000";

    private static string Path(string rest, string tenants = "rentguy%7Cwitcom") =>
        $"/api/v1/tenants/{tenants}/loki/api/v1/{rest}";

    private static string Range(string query, string more = "") =>
        Path(
            $"query_range?query={Uri.EscapeDataString(query)}&start={TwoLokis.NowNs - 300_000_000_000}&end={TwoLokis.NowNs}{more}"
        );

    private static async Task<JsonElement> AskAsync(SandboxApp app, string path)
    {
        using var api = await app.ApiAsAsync("operator");
        using var answer = await api.GetAsync(path);
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {body}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(body).RootElement;
    }

    private async Task<(JsonElement Together, JsonElement OneByOne)> BothAsync(string path) =>
        (await AskAsync(lokis.Together, path), await AskAsync(lokis.OneByOne, path));

    private static JsonElement[] Result(JsonElement answer) =>
        [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];

    private static string[] Lines(JsonElement answer) =>
        [
            .. Result(answer)
                .SelectMany(stream =>
                    stream
                        .GetProperty("values")
                        .EnumerateArray()
                        .Select(line =>
                            $"{line[0].GetString()} {stream.GetProperty("stream").GetProperty("__tenant_id__").GetString()} {line[1].GetString()}"
                        )
                )
                .Order(StringComparer.Ordinal),
        ];

    private static string[] Texts(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(one => one.GetRawText()).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("", 100)]
    [InlineData("&limit=40", 40)]
    [InlineData("&limit=40&direction=forward", 40)]
    public async Task The_same_lines_come_whether_Loki_takes_them_together_or_not(string more, int count)
    {
        var (together, oneByOne) = await BothAsync(Range("{service=~\".+\"}", more));
        Assert.Equal(count, Lines(oneByOne).Length);
        // Where lines of the last moment are cut off, which of them stay is not said.
        var edge = (more.Contains("forward", StringComparison.Ordinal) ? Lines(together)[^1] : Lines(together)[0])[
            ..19
        ];
        Assert.Equal(
            Lines(together).Where(line => line[..19] != edge),
            Lines(oneByOne).Where(line => line[..19] != edge)
        );
        Assert.Contains(Lines(oneByOne), line => line.Contains(" rentguy ", StringComparison.Ordinal));
        Assert.Contains(Lines(oneByOne), line => line.Contains(" witcom ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Figures_come_for_each_tenant_with_its_name()
    {
        var query = "sum by (tenant) (count_over_time({service=~\".+\"}[1m]))";
        var (together, oneByOne) = await BothAsync(Range(query, "&step=60"));
        Assert.Equal("matrix", oneByOne.GetProperty("data").GetProperty("resultType").GetString());
        Assert.Equal(
            Result(together).Select(Values).Order(StringComparer.Ordinal),
            Result(oneByOne).Select(Values).Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            ["rentguy", "witcom"],
            Result(oneByOne).Select(one => one.GetProperty("metric").GetProperty("__tenant_id__").GetString()!).Order()
        );
        var instant = await AskAsync(
            lokis.OneByOne,
            Path($"query?query={Uri.EscapeDataString(query)}&time={TwoLokis.NowNs}")
        );
        Assert.Equal("vector", instant.GetProperty("data").GetProperty("resultType").GetString());
        Assert.All(Result(instant), one => Assert.Equal(JsonValueKind.String, one.GetProperty("value")[1].ValueKind));

        static string Values(JsonElement series) =>
            $"{series.GetProperty("metric").GetProperty("tenant").GetString()} {series.GetProperty("values").GetRawText()}";
    }

    [Theory]
    [InlineData("labels?" + Span)]
    [InlineData("label/service/values?" + Span)]
    public async Task Names_are_those_of_all(string path)
    {
        var (together, oneByOne) = await BothAsync(Path(path));
        Assert.NotEmpty(Texts(oneByOne));
        Assert.Equal(Texts(together), Texts(oneByOne));
    }

    [Theory]
    [InlineData("series?match[]={service=~\".%2B\"}&", "data")]
    [InlineData("patterns?query={service=~\".%2B\"}&", "data")]
    [InlineData("detected_fields?query={service=~\".%2B\"}&", "fields")]
    public async Task Lists_have_Lokis_shape(string path, string list)
    {
        var (together, oneByOne) = await BothAsync(Path(path + Span));
        var shape = Shape(together.GetProperty(list));
        Assert.NotEmpty(shape);
        Assert.Subset(
            Shape(oneByOne.GetProperty(list)).Append("__tenant_id__").Append("level").ToHashSet(),
            shape.ToHashSet()
        );

        static HashSet<string> Shape(JsonElement items) =>
            [.. items.EnumerateArray().SelectMany(one => one.EnumerateObject().Select(property => property.Name))];
    }

    [Fact]
    public async Task What_there_is_to_read_is_added_up()
    {
        var path = $"index/stats?query={{service=~\".%2B\"}}&{Span}";
        var one = await AskAsync(lokis.OneByOne, Path(path, "rentguy"));
        var other = await AskAsync(lokis.OneByOne, Path(path, "witcom"));
        var both = await AskAsync(lokis.OneByOne, Path(path));
        Assert.Equal(
            one.GetProperty("entries").GetInt64() + other.GetProperty("entries").GetInt64(),
            both.GetProperty("entries").GetInt64()
        );
    }

    [Fact]
    public async Task Refusals_stay_Lokis()
    {
        using var api = await lokis.OneByOne.ApiAsAsync("operator");
        using var parse = await api.GetAsync(Range("{service=~\".+\""));
        Assert.Equal(HttpStatusCode.BadRequest, parse.StatusCode);
        Assert.Contains("parse error at line 1, col 15", await parse.Content.ReadAsStringAsync());
        using var instant = await api.GetAsync(Path("query?query={service=~\".%2B\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, instant.StatusCode);
        Assert.Contains("log queries are not supported as an instant query", await instant.Content.ReadAsStringAsync());
        using var stranger = await api.GetAsync(Path("labels", "rentguy%7Cnobody"));
        Assert.Equal(HttpStatusCode.NotFound, stranger.StatusCode);
        using var named = await api.GetAsync(Range("{__tenant_id__=\"platform\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, named.StatusCode);
    }

    [Fact]
    public async Task A_tail_takes_one_tenant_and_says_so()
    {
        using var api = await lokis.Together.ApiAsAsync("operator");
        using var request = new HttpRequestMessage(HttpMethod.Get, Path("tail?query={service=~\".%2B\"}"));
        request.Headers.Connection.Add("Upgrade");
        request.Headers.Upgrade.Add(new("websocket"));
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(new byte[16]));
        using var answer = await api.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("multiple org IDs present", await answer.Content.ReadAsStringAsync());
    }
}
