using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Logs;

/// <summary>The program with a Loki of the test's own behind it.</summary>
public sealed class LokiApiApp : SandboxApp
{
    internal LokiStub Loki { get; private set; } = null!;

    internal TaskCompletionSource TailEnded { get; set; } = new();

    protected override IEnumerable<KeyValuePair<string, string>> Settings => [new("Loki:Url", Loki.Url)];

    public override async ValueTask InitializeAsync()
    {
        Loki = await LokiStub.StartAsync(AnswerAsync);
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Loki.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context, LokiStub.Asked asked)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var line = asked["query"] == "{a=\"long\"}" ? new string('x', 12 * 1024 * 1024) : "live";
            var frame = $$"""{"streams":[{"stream":{"tenant":"{{asked.OrgId}}"},"values":[["1","{{line}}"]]}]}""";
            await socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, default);
            if (asked["query"] == "{a=\"ends\"}")
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "reached tail max duration limit", default);
                return;
            }
            try
            {
                await socket.ReceiveAsync(new byte[64], default);
            }
            catch (WebSocketException)
            {
                // The dashboard let go.
            }
            TailEnded.TrySetResult();
            return;
        }
        if (asked["limit"] == "100000")
        {
            context.Response.StatusCode = 400;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("max entries limit per query exceeded");
            return;
        }
        if (asked["query"] == "{a=\"shut\"}")
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("no org id");
            return;
        }
        context.Response.ContentType = "application/json; charset=UTF-8";
        await context.Response.WriteAsync(
            $$$"""{"status":"success","data":{"resultType":"streams","result":[{"stream":{"tenant":"{{{asked.OrgId}}}"},"values":[["1","own"]]}]}}"""
        );
    }
}

public sealed class LokiApiTests(LokiApiApp app) : IClassFixture<LokiApiApp>
{
    private const string Query = "%7Bservice%3D%22rentguy-api%22%7D";

    private static string Path(string rest, string tenant = "rentguy") =>
        $"/api/v1/tenants/{tenant}/loki/api/v1/{rest}";

    private LokiStub.Asked Last(string path) =>
        app.Loki.Requests.Last(asked => asked.Path.EndsWith(path, StringComparison.Ordinal));

    [Fact]
    public async Task Only_the_tenants_own_lines_are_asked_for_whatever_header_the_caller_sends()
    {
        using var api = await app.ApiAsAsync("viewer");
        using var request = new HttpRequestMessage(HttpMethod.Get, Path($"query_range?query={Query}&limit=7&evil=1"));
        request.Headers.Add("X-Scope-OrgID", "witcom|platform");
        using var answer = await api.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"tenant\":\"rentguy\"", await answer.Content.ReadAsStringAsync());
        var asked = Last("/query_range");
        Assert.Equal("rentguy", asked.OrgId);
        Assert.Equal("{service=\"rentguy-api\"}", asked["query"]);
        Assert.Equal("7", asked["limit"]);
        Assert.Null(asked["evil"]);
    }

    [Theory]
    [InlineData("query", "query?query=sum(count_over_time({a=\"b\"}[1m]))")]
    [InlineData("labels", "labels")]
    [InlineData("label/service/values", "label/service/values")]
    [InlineData("series", "series?match[]={a=\"b\"}")]
    [InlineData("index/stats", "index/stats?query={a=\"b\"}")]
    [InlineData("index/volume", "index/volume?query={a=\"b\"}")]
    [InlineData("index/volume_range", "index/volume_range?query={a=\"b\"}")]
    [InlineData("patterns", "patterns?query={a=\"b\"}")]
    [InlineData("detected_fields", "detected_fields?query={a=\"b\"}")]
    public async Task Every_endpoint_is_scoped(string path, string address)
    {
        using var api = await app.ApiAsAsync("viewer");
        using var answer = await api.GetAsync(Path(address));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("rentguy", Last("/" + path).OrgId);
    }

    [Fact]
    public async Task A_form_is_read_like_a_query_string()
    {
        using var api = await app.ApiAsAsync("viewer");
        using var form = new FormUrlEncodedContent([new("query", "{a=\"form\"}"), new("limit", "3")]);
        using var answer = await api.PostAsync(Path("query_range"), form);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("3", app.Loki.Requests.Last(asked => asked["query"] == "{a=\"form\"}")["limit"]);
    }

    [Fact]
    public async Task A_form_that_is_no_text_is_the_callers_mistake()
    {
        using var api = await app.ApiAsAsync("viewer");
        using var form = new StringContent("query=%ff%fe%00", null, "application/x-www-form-urlencoded");
        using var answer = await api.PostAsync(Path("query_range"), form);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("The form can't be read", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("{__tenant_id__=\"witcom\"}", "__tenant_id__")]
    [InlineData("{a=\"b\"", "parse error at line 1, col 7: syntax error: unexpected $end, expecting } or ,")]
    [InlineData("{a=~\".*\"}", "parse error : queries require at least one regexp or equality matcher")]
    [InlineData("", "parse error")]
    public async Task What_cannot_be_scoped_is_refused_as_Loki_refuses_it_and_not_sent(string query, string words)
    {
        using var api = await app.ApiAsAsync("viewer");
        var before = app.Loki.Requests.Count(asked => asked.Path.EndsWith("/query_range", StringComparison.Ordinal));
        using var answer = await api.GetAsync(Path($"query_range?query={Uri.EscapeDataString(query)}"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync());
        Assert.Equal(
            before,
            app.Loki.Requests.Count(asked => asked.Path.EndsWith("/query_range", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Lokis_own_refusal_passes_through_but_not_its_doubts_about_us()
    {
        using var api = await app.ApiAsAsync("viewer");
        using var limit = await api.GetAsync(Path($"query_range?query={Query}&limit=100000"));
        Assert.Equal(HttpStatusCode.BadRequest, limit.StatusCode);
        Assert.Equal("max entries limit per query exceeded", await limit.Content.ReadAsStringAsync());
        using var shut = await api.GetAsync(Path("query_range?query=" + Uri.EscapeDataString("{a=\"shut\"}")));
        Assert.Equal(HttpStatusCode.BadGateway, shut.StatusCode);
        Assert.Contains("no org id", await shut.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Others_stay_outside()
    {
        using var client = await app.ApiAsAsync("client-rentguy");
        using var forbidden = await client.GetAsync(Path("labels"));
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        using var unknown = await viewer.GetAsync(Path("labels", "nobody"));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        using var nobody = app.Anonymous();
        using var unnamed = await nobody.GetAsync(Path("labels"));
        Assert.Equal(HttpStatusCode.Unauthorized, unnamed.StatusCode);
        using var push = await viewer.PostAsync(Path("push"), JsonContent.Create(new { }));
        Assert.False(push.IsSuccessStatusCode);
        Assert.DoesNotContain(app.Loki.Requests, asked => asked.Path.EndsWith("/push", StringComparison.Ordinal));
        using var plain = await viewer.GetAsync(Path($"tail?query={Query}"));
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
    }

    [Fact]
    public async Task A_tail_opens_with_a_ticket_once_and_ends_upstream_with_its_reader()
    {
        app.TailEnded = new TaskCompletionSource();
        using var api = await app.ApiAsAsync("viewer");
        using var issued = await api.PostAsync("/api/v1/tickets", null);
        var ticket = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString();
        var address = new Uri($"ws://{app.Address.Authority}{Path($"tail?query={Query}&limit=5&ticket={ticket}")}");
        using (var socket = new ClientWebSocket())
        {
            await socket.ConnectAsync(address, TestContext.Current.CancellationToken);
            Assert.Contains("\"tenant\":\"rentguy\"", await TextAsync(socket));
            Assert.Equal("5", Last("/tail")["limit"]);
            Assert.Null(Last("/tail")["ticket"]);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        }
        await app.TailEnded.Task.WaitAsync(Patience.Usual, TestContext.Current.CancellationToken);
        using var again = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() =>
            again.ConnectAsync(address, TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public async Task A_goodbye_in_the_middle_of_a_frame_is_answered_with_one()
    {
        using var api = await app.ApiAsAsync("viewer");
        using var issued = await api.PostAsync("/api/v1/tickets", null);
        var ticket = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString();
        var query = Uri.EscapeDataString("{a=\"long\"}");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(
            new Uri($"ws://{app.Address.Authority}{Path($"tail?query={query}&ticket={ticket}")}"),
            TestContext.Current.CancellationToken
        );
        // More than the connection's buffers hold has begun to come, and nothing of the rest is read before the goodbye.
        await socket.ReceiveAsync(new byte[1024], TestContext.Current.CancellationToken);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketState.Closed, socket.State);
        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
    }

    [Theory]
    [InlineData("loki/api/v1/labels")]
    [InlineData("loki/loki/api/v1/labels")]
    [InlineData("loki/api/v1/detected_labels")]
    [InlineData("loki/api/v1/detected_field/status/values?query=%7Ba%3D%22b%22%7D")]
    [InlineData("loki/api/v1/drilldown-limits")]
    [InlineData("loki/api/v1/status/buildinfo")]
    [InlineData("loki/api/v1/rules")]
    [InlineData("loki/loki/api/v1/query_range?query=%7Ba%3D%22b%22%7D")]
    public async Task What_Lokis_clients_ask_is_answered_in_the_scope_behind_either_address(string path)
    {
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"/api/v1/tenants/rentguy/{path}");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var asked = app.Loki.Requests.Last(found => found.OrgId == "rentguy" && found.Path != "/ready");
        Assert.EndsWith(
            path.Split('?')[0].Replace("loki/loki", "loki", StringComparison.Ordinal),
            asked.Path,
            StringComparison.Ordinal
        );
        using var foreign = await app.ApiAsAsync("client-witcom");
        using var refused = await foreign.GetAsync($"/api/v1/tenants/rentguy/{path}");
        Assert.InRange((int)refused.StatusCode, 403, 404);
    }

    [Fact]
    public async Task Rules_are_read_and_never_written()
    {
        using var client = await app.ApiAsAsync("operator");
        using var answer = await client.PostAsync("/api/v1/tenants/rentguy/loki/api/v1/rules", new StringContent("x"));
        Assert.All(
            app.Loki.Requests.Where(asked => asked.Path.EndsWith("/rules", StringComparison.Ordinal)),
            asked => Assert.Equal("GET", asked.Method)
        );
    }

    [Fact]
    public async Task Clients_that_follow_the_same_share_one_of_Lokis_tails_and_those_of_another_tenant_do_not()
    {
        var query = Uri.EscapeDataString("{a=\"shared\"}");
        int Opened(string tenant) =>
            app.Loki.Requests.Count(asked =>
                asked.Path.EndsWith("/tail", StringComparison.Ordinal)
                && asked.OrgId == tenant
                && asked["query"] == "{a=\"shared\"}"
            );
        using var first = await TailAsync("rentguy");
        Assert.Contains("live", await TextAsync(first));
        using var second = await TailAsync("rentguy");
        Assert.Contains("own", await TextAsync(second));
        Assert.Equal(1, Opened("rentguy"));
        using var other = await TailAsync("witcom");
        Assert.Contains("\"tenant\":\"witcom\"", await TextAsync(other));
        Assert.Equal((1, 1), (Opened("rentguy"), Opened("witcom")));

        async Task<ClientWebSocket> TailAsync(string tenant)
        {
            var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", $"Bearer {await app.GetTokenAsync("viewer")}");
            await socket.ConnectAsync(
                new Uri($"ws://{app.Address.Authority}{Path($"tail?query={query}", tenant)}"),
                TestContext.Current.CancellationToken
            );
            return socket;
        }
    }

    [Fact]
    public async Task A_tail_that_Loki_ends_ends_with_Lokis_reason()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {await app.GetTokenAsync("viewer")}");
        var query = Uri.EscapeDataString("{a=\"ends\"}");
        await socket.ConnectAsync(
            new Uri($"ws://{app.Address.Authority}{Path($"tail?query={query}")}"),
            TestContext.Current.CancellationToken
        );
        Assert.Contains("live", await TextAsync(socket));
        var end = await socket.ReceiveAsync(new byte[256], TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketMessageType.Close, end.MessageType);
        Assert.Equal("reached tail max duration limit", end.CloseStatusDescription);
    }

    private static async Task<string> TextAsync(ClientWebSocket socket)
    {
        var buffer = new byte[4096];
        var received = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }
}
