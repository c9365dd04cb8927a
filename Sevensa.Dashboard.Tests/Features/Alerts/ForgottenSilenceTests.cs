using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Silences that Alertmanager forgets, and alerts that it keeps quiet otherwise.</summary>
[Collection(SandboxCollection.Name)]
public sealed class ForgottenSilenceTests(SandboxApp app) : IDisposable
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Of nobody else's: the program's own looks know nothing of it.
    private readonly string tenant = $"t{Guid.NewGuid():N}"[..20];
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));
    private readonly List<AuditEntry> told = [];
    private readonly ForgetfulAlertmanager server = new();

    public void Dispose() => server.Dispose();

    private SilenceMemory Memory() => new(app.Services.GetRequiredService<SilencesStore>(), time);

    /// <summary>As a program has it that was just started.</summary>
    private SilenceDesk Desk(IServiceProvider services)
    {
        var audit = Substitute.For<IAuditLog>();
        audit
            .AppendAsync(default!, default)
            .ReturnsForAnyArgs(call =>
            {
                told.Add(call.Arg<AuditEntry>());
                return 1L;
            });
        return new SilenceDesk(
            () => server.Client(),
            services.GetRequiredService<FiringAlerts>(),
            services.GetRequiredService<ITenants>(),
            Memory(),
            services.GetRequiredService<AlertNews>(),
            audit,
            time
        );
    }

    private SilenceWanted Wanted(string comment) =>
        new(
            [new SilenceMatcher("tenant", tenant), new SilenceMatcher("http.route", "/a")],
            time.GetUtcNow(),
            time.GetUtcNow().AddHours(2),
            "otto",
            comment
        );

    private async Task LookAsync()
    {
        await using var services = app.Services.CreateAsyncScope();
        await Desk(services.ServiceProvider).WatchAsync(new TenantScope([tenant]), tenant, Stop);
    }

    private string[] Told() => [.. told.Select(entry => entry.Action)];

    [Fact]
    public async Task What_was_made_here_is_asked_for_again_after_both_were_restarted()
    {
        await using var services = app.Services.CreateAsyncScope();
        var made = await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("night work"), Stop);
        await LookAsync();
        Assert.Empty(told);
        server.Silences.Clear();
        await LookAsync();
        Assert.Equal(["silence.vanished", "silence.restored"], Told());
        var again = Assert.Single(server.Silences.Values);
        Assert.NotEqual(made.Id, again.Id);
        Assert.Equal((made.Comment, made.CreatedBy, made.EndsAt), (again.Comment, again.CreatedBy, again.EndsAt));
        Assert.Equal(made.Matchers, again.Matchers);
        await LookAsync();
        Assert.Single(server.Silences);
        Assert.Equal(2, told.Count);
        // And once more, as what was made again was made here too.
        server.Silences.Clear();
        await LookAsync();
        Assert.Single(server.Silences);
    }

    [Fact]
    public async Task One_that_cannot_be_made_again_is_not_forgotten_and_keeps_no_other_from_it()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        await desk.MakeAsync(tenant, Wanted("refused"), Stop);
        await desk.MakeAsync(tenant, Wanted("taken"), Stop);
        server.Silences.Clear();
        server.Refused = "refused";
        await LookAsync();
        Assert.Equal("taken", Assert.Single(server.Silences.Values).Comment);
        Assert.Equal(
            ["silence.failed", "silence.restored", "silence.vanished", "silence.vanished"],
            Told().Order(StringComparer.Ordinal)
        );
        // The same trouble is told once, however often it is met.
        for (var look = 0; look < 3; look++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await LookAsync();
        }
        Assert.Equal(4, told.Count);
        server.Refused = null;
        time.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        Assert.Equal(2, server.Silences.Count);
        Assert.Equal("silence.restored", Told()[^1]);
    }

    [Fact]
    public async Task One_whose_answer_was_lost_is_not_made_twice()
    {
        await using var services = app.Services.CreateAsyncScope();
        await Desk(services.ServiceProvider).MakeAsync(tenant, Wanted("cut"), Stop);
        server.Silences.Clear();
        server.LosesAnswers = true;
        await LookAsync();
        Assert.Single(server.Silences);
        server.LosesAnswers = false;
        time.Advance(TimeSpan.FromMinutes(2));
        await LookAsync();
        Assert.Single(server.Silences);
        Assert.Equal("silence.restored", Told()[^1]);
    }

    [Fact]
    public async Task One_made_elsewhere_is_told_once_and_left_to_whoever_made_it()
    {
        server.Add(Wanted("theirs"));
        await LookAsync();
        server.Silences.Clear();
        await LookAsync();
        await LookAsync();
        Assert.Equal(["silence.vanished"], Told());
        Assert.Empty(server.Silences);
    }

    [Fact]
    public async Task What_ended_or_was_ended_did_not_vanish()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        var ended = await desk.MakeAsync(tenant, Wanted("ended here"), Stop);
        var elsewhere = await desk.MakeAsync(tenant, Wanted("ended elsewhere"), Stop);
        await desk.MakeAsync(tenant, Wanted("over"), Stop);
        await desk.EndAsync(tenant, ended.Id, Stop);
        server.Silences[elsewhere.Id] = server.Silences[elsewhere.Id] with { Status = new("expired") };
        await LookAsync();
        time.Advance(TimeSpan.FromHours(3));
        server.Silences.Clear();
        await LookAsync();
        Assert.Empty(told);
    }

    [Fact]
    public async Task After_a_longer_absence_than_Alertmanager_remembers_nothing_is_made_again()
    {
        await using var services = app.Services.CreateAsyncScope();
        var desk = Desk(services.ServiceProvider);
        await desk.MakeAsync(tenant, Wanted("long") with { EndsAt = time.GetUtcNow().AddDays(30) }, Stop);
        time.Advance(TimeSpan.FromDays(6));
        server.Silences.Clear();
        await LookAsync();
        Assert.Equal(["silence.vanished"], Told());
        Assert.Empty(server.Silences);
    }

    [Fact]
    public async Task Alerts_that_are_inhibited_or_muted_by_the_time_are_shown_as_such_and_count_as_told_to_nobody()
    {
        string AlertJson(string name, string status) =>
            $$"""{"labels":{"alertname":"{{name}}","tenant":"{{tenant}}","severity":"critical"},"annotations":{},"startsAt":"2026-11-28T11:00:00Z","endsAt":"2026-11-28T13:00:00Z","updatedAt":"2026-11-28T12:00:00Z","fingerprint":"{{name}}","receivers":[{"name":"r"}],"status":{"state":"active","silencedBy":[],{{status}} } }""";
        const string plain = "\"inhibitedBy\":[]";
        var all = new[]
        {
            AlertJson("open", plain),
            AlertJson("inhibited", "\"inhibitedBy\":[\"open\"]"),
            AlertJson("night", plain),
            AlertJson("half", plain),
        };
        server.Alerts = $"[{string.Join(',', all)}]";
        string Group(string name, string muted) =>
            $$"""{"labels":{"alertname":"{{name}}"},"receiver":{"name":"r"},"alerts":[{{AlertJson(name, plain + ",\"mutedBy\":" + muted)}}]}""";
        // One that is told in one of its groups is told.
        server.Groups =
            $"[{Group("night", "[\"nights\"]")},{Group("half", "[\"nights\"]")},{Group("half", "[]")},{Group("open", "[]")}]";
        var metrics = Substitute.For<IMetrics>();
        metrics.QueryAsync(default!, default!, default, default).ReturnsForAnyArgs([]);
        await using var services = app.Services.CreateAsyncScope();
        var firing = ActivatorUtilities.CreateInstance<FiringAlerts>(
            services.ServiceProvider,
            metrics,
            server.Client()
        );
        var scope = new TenantScope([tenant]);
        var now = (await firing.NowAsync(scope, tenant, Stop)).ToDictionary(alert => alert.Name);
        Assert.Equal(["nights"], now["night"].MutedBy);
        Assert.Equal(["open"], now["inhibited"].InhibitedBy);
        Assert.Equal(
            [("half", true), ("inhibited", false), ("night", false), ("open", true)],
            now.Values.Select(alert => (alert.Name, alert.IsTold)).Order()
        );
        // What health, overview and portal count.
        Assert.Equal(new OpenAlerts(2, 2), await firing.CountAsync(scope, tenant, Stop));
    }

    [Fact]
    public async Task Who_failed_too_often_is_asked_to_come_again_by_the_only_status_that_is()
    {
        await using var own = new ConfiguredApp();
        await own.InitializeAsync();
        using var client = own.Anonymous();
        async Task<HttpResponseMessage> SendAsync(string secret)
        {
            using var content = new StringContent("{\"alerts\":[]}", Encoding.UTF8, "application/json");
            using var message = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
            {
                Content = content,
            };
            message.Headers.Authorization = new("Bearer", secret);
            return await client.SendAsync(message, Stop);
        }
        for (var failure = 0; failure < 20; failure++)
        {
            using var refused = await SendAsync("wrong");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        using var later = await SendAsync("sandbox");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, later.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), later.Headers.RetryAfter?.Delta);
    }

    /// <summary>Keeps silences in memory, as one that is killed before it wrote them down.</summary>
    private sealed class ForgetfulAlertmanager : HttpMessageHandler
    {
        public Dictionary<string, HeldSilence> Silences { get; } = [];

        public string Alerts { get; set; } = "[]";

        public string Groups { get; set; } = "[]";

        /// <summary>The comment of those that are answered with an error.</summary>
        public string? Refused { get; set; }

        /// <summary>What is made is made, and the answer is cut.</summary>
        public bool LosesAnswers { get; set; }

        public AlertmanagerClient Client() =>
            new(
                new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://alertmanager/") },
                Options.Create(new AlertmanagerOptions { Url = "http://alertmanager" }),
                new Upstreams(TimeProvider.System)
            );

        public string Add(SilenceWanted wanted)
        {
            var id = Guid.NewGuid().ToString();
            Silences[id] = new HeldSilence(
                id,
                new SilenceStatus("active"),
                wanted.StartsAt,
                wanted.Comment,
                wanted.CreatedBy,
                wanted.StartsAt,
                wanted.EndsAt,
                wanted.Matchers
            );
            return id;
        }

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var path = request.RequestUri!.AbsolutePath;
            var id = path.Split('/')[^1];
            if (path == "/api/v2/alerts")
            {
                return Answer(200, Alerts);
            }
            if (path == "/api/v2/alerts/groups")
            {
                return Answer(200, Groups);
            }
            if (request.Method == HttpMethod.Post)
            {
                var wanted = JsonSerializer.Deserialize(
                    await request.Content!.ReadAsStringAsync(cancellationToken),
                    AlertmanagerJson.Default.SilenceWanted
                )!;
                if (wanted.Comment == Refused)
                {
                    return Answer(500, "\"the log of silences is full\"");
                }
                var made = Add(wanted);
                return LosesAnswers
                    ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut")
                    : Answer(200, $$"""{"silenceID":"{{made}}"}""");
            }
            if (path.EndsWith("/silences", StringComparison.Ordinal))
            {
                return Answer(
                    200,
                    JsonSerializer.Serialize([.. Silences.Values], AlertmanagerJson.Default.IReadOnlyListHeldSilence)
                );
            }
            if (!Silences.TryGetValue(id, out var found))
            {
                return Answer(404, "");
            }
            if (request.Method == HttpMethod.Delete)
            {
                Silences[id] = found with { Status = new("expired") };
                return Answer(200, "");
            }
            return Answer(200, JsonSerializer.Serialize(found, AlertmanagerJson.Default.HeldSilence));
        }

        private static HttpResponseMessage Answer(int status, string body) =>
            new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
