using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Portal;
using Sevensa.Dashboard.Features.Portal.Pages;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Ui;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Tests.Features.Portal;

public sealed class ClientHealthTests
{
    private static readonly Tenant Witcom = new("witcom", "Witcom", "#c2410c", ["psra-api", "psra-db"], [], 500, 0.999);
    private static readonly DateOnly Today = DateOnly.FromDateTime(UiContext.Now.UtcDateTime);

    [Fact]
    public async Task A_client_reads_whether_it_works_how_fast_and_what_happened()
    {
        await using var page = UiContext.Create().Page;
        AddAlerts(page.Services);
        page.Services.AddSingleton<IHealthFeeds>(provider => new Known(provider.GetRequiredService<Feeds>(), null));
        var view = page.Render<ClientHealth>(p => p.Add(x => x.Tenant, Witcom));
        view.WaitForAssertion(() => Assert.Equal("Everything is working", view.Find("h1").TextContent));
        view.WaitForAssertion(() => Assert.Equal(2, view.FindAll(".day-row").Count));
        var api = view.Find(".day-row");
        Assert.Contains("PSRA API", api.TextContent, StringComparison.Ordinal);
        Assert.Contains("p95 212 ms, objective 500 ms", api.TextContent, StringComparison.Ordinal);
        Assert.Equal(90, api.QuerySelectorAll(".bars i").Length);
        Assert.Single(api.QuerySelectorAll(".bars i.crit"));
        Assert.Contains("The last 9 days were as agreed.", view.Find(".lead").TextContent, StringComparison.Ordinal);
        view.WaitForAssertion(() =>
            Assert.Contains("psra-api 3.10 → 3.11", view.Find("table.list").TextContent, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_client_never_reads_what_an_upstream_said()
    {
        await using var page = UiContext.Create().Page;
        var fault = new UpstreamException("Prometheus", UpstreamFault.Unreachable, "connection refused 10.0.0.7:9090");
        AddAlerts(page.Services);
        page.Services.AddSingleton<IHealthFeeds>(provider => new Known(provider.GetRequiredService<Feeds>(), fault));
        var view = page.Render<ClientHealth>(p => p.Add(x => x.Tenant, Witcom));
        view.WaitForAssertion(() =>
            Assert.Contains("can't be read at the moment", view.Markup, StringComparison.Ordinal)
        );
        Assert.DoesNotContain("10.0.0.7", view.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("Prometheus", view.Markup, StringComparison.Ordinal);
        // Nobody is looking any more.
        view.WaitForAssertion(() =>
            Assert.Contains("can't be told at the moment", view.Find(".lead").TextContent, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_client_reads_what_was_published_of_an_incident()
    {
        await using var page = UiContext.Create().Page;
        AddAlerts(
            page.Services,
            new Incident(
                "i1",
                "witcom",
                IncidentKind.Incident,
                "PSRA is slow",
                IncidentState.Identified,
                IncidentImpact.Minor,
                ["psra-api"],
                UiContext.Now.AddHours(-1),
                null,
                true,
                null,
                null,
                "Otto",
                UiContext.Now,
                [new IncidentUpdate(UiContext.Now, IncidentState.Identified, "We <b>found</b> the cause.", "Otto")]
            )
        );
        page.Services.AddSingleton<IHealthFeeds>(provider => new Known(provider.GetRequiredService<Feeds>(), null));
        var view = page.Render<ClientHealth>(p => p.Add(x => x.Tenant, Witcom));
        view.WaitForAssertion(() =>
            Assert.Contains("Cause found", view.Find(".portal-notice").TextContent, StringComparison.Ordinal)
        );
        var notice = view.Find(".portal-notice");
        Assert.Contains("We <b>found</b> the cause.", notice.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("Otto", notice.TextContent, StringComparison.Ordinal);
        view.WaitForAssertion(() => Assert.Equal("There is an incident", view.Find("h1").TextContent));
    }

    [Fact]
    public void Figures_that_look_well_say_nothing_against_an_open_incident()
    {
        var well = new TenantHealth("a", HealthState.Healthy, 1, 1, 1, 0.1, 0, 1, 0.1, 0, [], [], UiContext.Now);
        Incident Open(IncidentKind kind, IncidentState state, IncidentImpact impact) =>
            new("i", "a", kind, "t", state, impact, [], UiContext.Now, null, true, null, null, "O", UiContext.Now, []);
        Assert.Equal("Everything is working", PortalWords.Title(well, []));
        Assert.Equal(
            "Part of the service is down",
            PortalWords.Title(well, [Open(IncidentKind.Incident, IncidentState.Identified, IncidentImpact.Down)])
        );
        Assert.Equal(
            "Maintenance is going on",
            PortalWords.Title(well, [Open(IncidentKind.Maintenance, IncidentState.InProgress, IncidentImpact.Minor)])
        );
        Assert.Equal(
            "Everything is working",
            PortalWords.Title(well, [Open(IncidentKind.Maintenance, IncidentState.Scheduled, IncidentImpact.Minor)])
        );
        Assert.Equal("The state is not known at the moment", PortalWords.Title(null, []));
        Assert.Equal(
            "Something is wrong and is being looked at",
            PortalWords.Title(well with { State = HealthState.Degraded }, [])
        );
    }

    [Fact]
    public void What_was_not_measured_or_not_agreed_was_not_kept()
    {
        static ServiceDays Measured(params double?[] shares) =>
            new(
                "api",
                [.. shares.Select((share, at) => new DayAvailability(Today.AddDays(at - shares.Length + 1), share))]
            );
        Assert.Equal("Nothing has been measured yet.", PortalWords.Lead(Witcom, [Measured(null, null)]));
        Assert.Equal(
            "No availability is agreed; 2 days were measured.",
            PortalWords.Lead(Witcom with { AvailabilityObjective = null }, [Measured(null, 1, 0.5)])
        );
        Assert.Equal(
            "All of the 2 days that were measured were as agreed.",
            PortalWords.Lead(Witcom, [Measured(null, 1, 1)])
        );
        Assert.Equal("The last day was as agreed.", PortalWords.Lead(Witcom, [Measured(0.5, 1)]));
    }

    private static void AddAlerts(IServiceCollection services, params Incident[] published)
    {
        var incidents = Substitute.For<IIncidents>();
        // Whoever asks for what is not published as well gets nothing here.
        incidents.BetweenAsync(default!, default!, default, default, true, default).ReturnsForAnyArgs([]);
        incidents
            .BetweenAsync(
                Arg.Any<TenantScope>(),
                "witcom",
                Arg.Any<DateTimeOffset>(),
                Arg.Any<DateTimeOffset>(),
                true,
                Arg.Any<CancellationToken>()
            )
            .Returns(published);
        var levels = Substitute.For<IServiceLevels>();
        levels.OfAsync(default!, default!, default).ReturnsForAnyArgs([]);
        var scopes = Substitute.For<ITenantScopes>();
        scopes.ForSystem("witcom").Returns(new TenantScope(["witcom"]));
        services.AddSingleton(incidents);
        services.AddSingleton(levels);
        services.AddSingleton(scopes);
        services.AddSingleton(Substitute.For<ICurrentCaller>());
        services.AddSingleton(Substitute.For<IIsolationEvidence>());
        services.AddSingleton(Substitute.For<IRestoreEvidence>());
    }

    [Theory]
    [InlineData("certificate-worker", "Certificate worker")]
    [InlineData("psra-api", "PSRA API")]
    [InlineData("db", "Database")]
    public void Services_are_named_for_readers(string service, string name) =>
        Assert.Equal(name, PortalWords.Name(service));

    private sealed class Known(Feeds feeds, UpstreamException? fault) : IHealthFeeds
    {
        public FeedView<TenantHealth> Health(string tenant, Action changed) =>
            Watch(
                "health",
                new TenantHealth(
                    tenant,
                    HealthState.Healthy,
                    1,
                    1,
                    0.9999,
                    0.212,
                    0,
                    4,
                    0.4,
                    0,
                    [],
                    [new ServiceHealth("psra-api", HealthState.Healthy, 0.212, 0, 4, 0.1, 1, 0.4)],
                    UiContext.Now
                ),
                changed
            );

        public FeedView<IReadOnlyList<ServiceDays>> Days(string tenant, Action changed) =>
            Watch<IReadOnlyList<ServiceDays>>(
                "days",
                [new ServiceDays("psra-api", Bars(9)), new ServiceDays("psra-db", Bars(-1))],
                changed
            );

        public FeedView<IReadOnlyList<LastChange>> Changes(string tenant, Action changed) =>
            Watch<IReadOnlyList<LastChange>>(
                "changes",
                [new LastChange(UiContext.Now.AddDays(-3), "psra-api 3.10 → 3.11")],
                changed
            );

        public FeedView<IReadOnlyList<AlertSighting>> Alerts(string tenant, Action changed) =>
            Watch<IReadOnlyList<AlertSighting>>("alerts", [], changed);

        private FeedView<T> Watch<T>(string key, T value, Action changed) =>
            feeds.Watch<T>(
                key,
                null,
                (_, _) => fault is null ? Task.FromResult(Loadable.Ready(value, UiContext.Now)) : throw fault,
                changed
            );

        private static IReadOnlyList<DayAvailability> Bars(int bad) =>
            [
                .. Enumerable
                    .Range(0, 90)
                    .Select(back => new DayAvailability(Today.AddDays(back - 89), 89 - back == bad ? 0.9 : 1)),
            ];
    }
}
