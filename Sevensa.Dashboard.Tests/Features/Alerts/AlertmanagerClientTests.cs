using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>The client against what a real Alertmanager answered, and against what it must not pass on.</summary>
public class AlertmanagerClientTests
{
    private static readonly TenantScope Witcom = new(["witcom"]);
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static Recorded.Exchange Exchange(string name) =>
        Recorded.Of("alertmanager").Single(exchange => exchange.Name == name);

    [Fact]
    public async Task Reads_alerts_groups_silences_and_version_as_recorded()
    {
        var (client, asked) = Answering(200, Exchange("alerts").Body);
        var alert = Assert.Single(await client.AlertsAsync(Witcom, Stop));
        Assert.Equal("TenantTargetDown", alert.Labels["alertname"]);
        Assert.Equal("90a7a77ead0510d5", alert.Fingerprint);
        Assert.Equal("active", alert.Status.State);
        Assert.Contains("filter=tenant%3D%22witcom%22", asked.Single());

        var group = Assert.Single(await Answering(200, Exchange("groups").Body).Client.GroupsAsync(Witcom, Stop));
        Assert.Equal("hook", group.Receiver.Name);
        Assert.Single(group.Alerts);

        var silence = Assert.Single(
            await Answering(200, Exchange("silences").Body).Client.SilencesAsync(Witcom, "witcom", Stop)
        );
        Assert.Equal("active", silence.Status.State);
        Assert.Equal("tenant=\"witcom\"", Assert.Single(silence.Matchers).ToString());

        Assert.Equal("0.25.0", await Answering(200, Exchange("status").Body).Client.VersionAsync(Stop));
    }

    [Fact]
    public async Task What_is_another_tenants_does_not_pass_even_when_the_server_sends_it()
    {
        var other = new TenantScope(["rentguy"]);
        Assert.Empty(await Answering(200, Exchange("alerts").Body).Client.AlertsAsync(other, Stop));
        Assert.Empty(await Answering(200, Exchange("groups").Body).Client.GroupsAsync(other, Stop));
        Assert.Empty(await Answering(200, Exchange("silences").Body).Client.SilencesAsync(other, "rentguy", Stop));
        var one = Exchange("silences").Body.Trim().TrimStart('[').TrimEnd(']');
        Assert.Null(await Answering(200, one).Client.SilenceAsync("rentguy", Guid.NewGuid().ToString(), Stop));
        Assert.NotNull(await Answering(200, one).Client.SilenceAsync("witcom", Guid.NewGuid().ToString(), Stop));
    }

    [Theory]
    [InlineData("""[{"name":"tenant","value":"witcom|rentguy","isRegex":true,"isEqual":true}]""")]
    [InlineData("""[{"name":"tenant","value":"witcom","isRegex":true,"isEqual":true}]""")]
    [InlineData("""[{"name":"tenant","value":"witcom","isRegex":false,"isEqual":false}]""")]
    [InlineData("""[{"name":"service","value":"witcom","isRegex":false,"isEqual":true}]""")]
    public async Task A_silence_that_is_not_bound_by_equality_is_nobodys(string matchers)
    {
        var body =
            $$"""[{"id":"{{Guid.NewGuid()}}","status":{"state":"active"},"updatedAt":"2026-11-23T11:47:21.511Z","comment":"c","createdBy":"o","endsAt":"2026-11-23T12:47:21.000Z","startsAt":"2026-11-23T11:47:21.511Z","matchers":{{matchers}}}]""";
        Assert.Empty(await Answering(200, body).Client.SilencesAsync(Witcom, "witcom", Stop));
    }

    [Fact]
    public async Task An_id_that_is_none_is_not_asked_for()
    {
        var (client, asked) = Answering(200, "{}");
        Assert.Null(await client.SilenceAsync("witcom", "../alerts", Stop));
        Assert.Empty(asked);
    }

    [Fact]
    public async Task Errors_keep_the_status_and_the_servers_words()
    {
        var bad = Exchange("silence bad");
        var refused = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(bad.Status, bad.Body).Client.SilenceAsync(Wanted(), Stop)
        );
        Assert.Equal((422, UpstreamFault.Refused), (refused.Status, refused.Fault));
        Assert.Equal("comment in body is required", refused.Message);
        var own = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(400, "\"silence invalid: end time can't be in the past\"").Client.SilenceAsync(Wanted(), Stop)
        );
        Assert.Equal("silence invalid: end time can't be in the past", own.Message);
        var proxy = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(502, "<html>Bad Gateway</html>").Client.VersionAsync(Stop)
        );
        Assert.Equal((502, UpstreamFault.Failed), (proxy.Status, proxy.Fault));
        var garbled = await Assert.ThrowsAsync<UpstreamException>(() =>
            Answering(200, "not json").Client.AlertsAsync(Witcom, Stop)
        );
        Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
    }

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("""[{"labels":null,"alerts":[],"status":null,"matchers":null}]""")]
    [InlineData("""[{"labels":{},"alerts":[null],"id":"x","matchers":[{}]}]""")]
    public async Task JSON_of_another_server_is_told_as_such(string body)
    {
        foreach (
            var ask in new Func<AlertmanagerClient, Task>[]
            {
                client => client.AlertsAsync(Witcom, Stop),
                client => client.GroupsAsync(Witcom, Stop),
                client => client.SilencesAsync(Witcom, "witcom", Stop),
                client => client.AllSilencesAsync(Stop),
            }
        )
        {
            var garbled = await Assert.ThrowsAsync<UpstreamException>(() => ask(Answering(200, body).Client));
            Assert.Equal(UpstreamFault.Garbled, garbled.Fault);
        }
    }

    [Fact]
    public async Task Makes_a_silence_as_the_recorded_session_did()
    {
        var made = Exchange("silence create");
        var (client, _) = Answering(200, made.Body);
        Assert.Equal("9b781a60-b6be-49fc-84cb-092f58798e3f", await client.SilenceAsync(Wanted(), Stop));
    }

    /// <summary>Everything that Alertmanager 0.35 answered: read, or told by its status in its own words.</summary>
    [Fact]
    public async Task Every_answer_of_the_newest_server_is_read_or_told()
    {
        var scope = new TenantScope(["rentguy"]);
        // Alerts come from Prometheus, the set-up is its owner's, and whether it is there is learnt from its status.
        var unasked = new List<string>
        {
            "receivers",
            "healthy",
            "ready",
            "post alerts",
            "post alerts, UTF-8 label",
            "post alerts, empty label value",
            "reload",
            "metrics",
        };
        foreach (var exchange in Recorded.Of("alertmanager-0.35"))
        {
            var (client, _) = Answering(exchange.Status, exchange.Body);
            var path = exchange.Path.Split('?')[0];
            if (exchange.Status >= 400)
            {
                var told = await Assert.ThrowsAsync<UpstreamException>(() => client.AlertsAsync(scope, Stop));
                Assert.Equal(exchange.Status, told.Status);
                Assert.Equal(
                    exchange.Status is 400 or 415 or 422 ? UpstreamFault.Refused : UpstreamFault.Failed,
                    told.Fault
                );
                var words = UpstreamTerms.Words(exchange.Body);
                Assert.Equal(
                    words.Length > 0 ? words : $"Alertmanager answered {exchange.Status} without a word.",
                    told.Message
                );
                continue;
            }
            switch (path)
            {
                case "/api/v2/alerts" when exchange.Method == "GET":
                    Assert.All(
                        await client.AlertsAsync(scope, Stop),
                        alert => Assert.Equal("rentguy", alert.Labels["tenant"])
                    );
                    break;
                case "/api/v2/alerts/groups":
                    await client.GroupsAsync(scope, Stop);
                    break;
                case "/api/v2/silences" when exchange.Method == "GET":
                    var all = await client.AllSilencesAsync(Stop);
                    Assert.Equal(exchange.Body.Split("\"updatedAt\"").Length - 1, all.Count);
                    break;
                case "/api/v2/silences":
                    Assert.Equal(36, (await client.SilenceAsync(Wanted(), Stop)).Length);
                    break;
                case "/api/v2/status":
                    // Built without the linker's flags that name it.
                    Assert.Equal("unknown", await client.VersionAsync(Stop));
                    break;
                case var one
                    when one.StartsWith("/api/v2/silence/", StringComparison.Ordinal) && exchange.Method == "GET":
                    await client.SilenceAsync("rentguy", Guid.NewGuid().ToString(), Stop);
                    break;
                case var one when one.StartsWith("/api/v2/silence/", StringComparison.Ordinal):
                    await client.ExpireAsync(Guid.NewGuid().ToString(), Stop);
                    break;
                default:
                    Assert.True(
                        unasked.Remove(exchange.Name),
                        $"Nobody asks for \"{exchange.Name}\", and it is not named."
                    );
                    break;
            }
        }
        Assert.Empty(unasked);
    }

    [Fact]
    public async Task Time_intervals_that_mute_are_read_from_the_groups()
    {
        var groups = Recorded.Of("alertmanager-0.35").Single(exchange => exchange.Name == "groups, filter");
        var muted = (await Answering(200, groups.Body).Client.GroupsAsync(new TenantScope(["rentguy", "witcom"]), Stop))
            .SelectMany(group => group.Alerts)
            .Where(alert => alert.Status.MutedBy is { Count: > 0 })
            .ToList();
        Assert.NotEmpty(muted);
    }

    [Fact]
    public async Task Every_message_of_the_newest_server_is_read()
    {
        foreach (var line in File.ReadLines(Path.Combine(Recorded.Folder(), "alertmanager-0.35", "webhook.jsonl")))
        {
            using var json = System.Text.Json.JsonDocument.Parse(line);
            if (
                !json.RootElement.TryGetProperty("body", out var body)
                || body.ValueKind != System.Text.Json.JsonValueKind.Object
            )
            {
                continue;
            }
            var alerts = await Sevensa.Dashboard.Features.Alerts.Intake.WebhookMessage.ReadAsync(
                new MemoryStream(Encoding.UTF8.GetBytes(body.GetRawText())),
                Stop
            );
            Assert.Equal(body.GetProperty("alerts").GetArrayLength(), alerts.Count);
        }
    }

    private static SilenceWanted Wanted() =>
        new([new SilenceMatcher("tenant", "witcom")], default, default, "operator", "maintenance");

    private static (AlertmanagerClient Client, List<string> Asked) Answering(int status, string body)
    {
        var handler = new Canned(status, body);
        return (
            new AlertmanagerClient(
                new HttpClient(handler) { BaseAddress = new Uri("http://alertmanager/") },
                Options.Create(new AlertmanagerOptions { Url = "http://alertmanager" }),
                new Upstreams(TimeProvider.System)
            ),
            handler.Asked
        );
    }

    private sealed class Canned(int status, string body) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            Asked.Add(request.RequestUri!.PathAndQuery);
            return Task.FromResult(
                new HttpResponseMessage((HttpStatusCode)status)
                {
                    Content = new StringContent(body, Encoding.UTF8, "application/json"),
                }
            );
        }
    }
}
