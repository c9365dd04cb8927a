using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>The one table from what an upstream answered to what is told of it.</summary>
public sealed class UpstreamTermsTests
{
    private static readonly UpstreamTerms Asked = new("Loki", "Loki:Url", "Loki:TokenFile", "Loki:TimeoutSeconds");
    private static readonly UpstreamTerms Told = Asked with { Name = "Vault", CarriesQuestions = false };

    [Theory]
    [InlineData(301, UpstreamFault.Failed, UpstreamState.Degraded, 502)]
    [InlineData(400, UpstreamFault.Refused, UpstreamState.Connected, 400)]
    [InlineData(401, UpstreamFault.Denied, UpstreamState.Degraded, 502)]
    [InlineData(403, UpstreamFault.Denied, UpstreamState.Degraded, 502)]
    [InlineData(404, UpstreamFault.Failed, UpstreamState.Degraded, 502)]
    [InlineData(407, UpstreamFault.Denied, UpstreamState.Degraded, 502)]
    [InlineData(413, UpstreamFault.Refused, UpstreamState.Connected, 413)]
    [InlineData(422, UpstreamFault.Refused, UpstreamState.Connected, 422)]
    [InlineData(429, UpstreamFault.Busy, UpstreamState.Degraded, 503)]
    [InlineData(500, UpstreamFault.Failed, UpstreamState.Degraded, 502)]
    [InlineData(502, UpstreamFault.Failed, UpstreamState.Degraded, 502)]
    [InlineData(503, UpstreamFault.Busy, UpstreamState.Degraded, 503)]
    [InlineData(504, UpstreamFault.TimedOut, UpstreamState.Degraded, 504)]
    public void A_status_is_the_same_fault_state_and_answer_everywhere(
        int status,
        UpstreamFault fault,
        UpstreamState state,
        int answered
    )
    {
        var refusal = Asked.Refusal(status, "its words");
        Assert.Equal((fault, status, "its words"), (refusal.Fault, refusal.Status, refusal.Message));
        Assert.Equal(answered, PlatformProblems.StatusOf(refusal));
        Assert.Equal(state == UpstreamState.Degraded, refusal.Remedy is not null);
        var upstreams = new Upstreams(new FakeTimeProvider());
        upstreams.Bad(refusal);
        Assert.Equal(state, upstreams.Find("Loki")!.State);
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("0", null)]
    [InlineData("Sun, 29 Nov 2099 12:00:00 GMT", 3600)]
    [InlineData("soon", null)]
    public async Task A_pause_that_it_asks_for_is_passed_on(string header, int? seconds)
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        answer.Headers.TryAddWithoutValidation("Retry-After", header);
        var problem = new PlatformProblems().For(
            await Asked.RefusalAsync(answer, TestContext.Current.CancellationToken)
        )!;
        problem.Extensions.TryGetValue(ProblemExceptionHandler.RetryAfter, out var passedOn);
        Assert.Equal(seconds, passedOn);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(409)]
    [InlineData(422)]
    public void Where_nothing_of_the_askers_is_sent_a_refusal_is_not_theirs(int status)
    {
        var refusal = Told.Refusal(status, null);
        Assert.Equal((UpstreamFault.Failed, 502), (refusal.Fault, PlatformProblems.StatusOf(refusal)));
        Assert.Contains($"answered {status} without a word", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"status":"error","errorType":"bad_data","error":"no match[]"}""", "no match[]")]
    [InlineData("""{"code":602,"message":"comment in body is required"}""", "comment in body is required")]
    [InlineData("\"silence not found\"", "silence not found")]
    [InlineData("""{"errors":["one","two"]}""", "one; two")]
    [InlineData("""{"error":{"message":"model is loading","type":"unavailable"}}""", "model is loading")]
    [InlineData("Unauthorized\n", "Unauthorized")]
    [InlineData("<html><body>nginx</body></html>", "")]
    [InlineData("{ cut", "{ cut")]
    public void The_servers_own_words_are_found_in_every_form(string body, string words) =>
        Assert.Equal(words, UpstreamTerms.Words(body));

    [Fact]
    public async Task A_refused_connection_is_told_in_one_plain_sentence()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var http = new HttpClient();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() =>
            http.GetAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}/")
        );
        var told = Asked.Translate(refused, TimeSpan.FromSeconds(1), CancellationToken.None)!;
        Assert.Equal((UpstreamFault.Unreachable, "Connection refused."), (told.Fault, told.Message));
        Assert.Equal("Check that it runs and that Loki:Url is right.", told.Remedy);
    }

    [Fact]
    public void What_cannot_be_read_is_told_by_its_place_and_names_no_type()
    {
        var unread = Assert.Throws<JsonException>(() =>
            JsonSerializer.Deserialize<Dictionary<string, int>>("{\"a\":\n[]}")
        );
        var told = Asked.Translate(unread, TimeSpan.FromSeconds(1), CancellationToken.None)!;
        Assert.Equal(UpstreamFault.Garbled, told.Fault);
        Assert.Equal("The answer is not what Loki sends: it can't be read from line 2, byte 1 on.", told.Message);
    }

    [Fact]
    public void Who_gave_up_asking_is_no_fault()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        Assert.Null(Asked.Translate(new OperationCanceledException(), TimeSpan.FromSeconds(1), gone.Token));
        var late = Asked.Translate(new TimeoutException(), TimeSpan.FromSeconds(15), CancellationToken.None)!;
        Assert.Equal((UpstreamFault.TimedOut, 504), (late.Fault, PlatformProblems.StatusOf(late)));
        Assert.Equal("Loki gave no answer within 15 s.", late.Message);
    }

    [Fact]
    public async Task A_long_body_is_read_no_further_than_words_go()
    {
        using var answer = new HttpResponseMessage(HttpStatusCode.BadGateway)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(new string('x', 10_000_000))),
        };
        var told = await Asked.RefusalAsync(answer, CancellationToken.None);
        Assert.True(told.Message.Length < 5_000);
    }
}
