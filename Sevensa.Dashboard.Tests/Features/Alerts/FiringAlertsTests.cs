using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Alerts that Alertmanager keeps quiet otherwise than by a silence.</summary>
[Collection(SandboxCollection.Name)]
public sealed class FiringAlertsTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alerts_that_are_inhibited_or_muted_by_the_time_are_shown_as_such_and_count_as_told_to_nobody()
    {
        // Of nobody else's: the program's own looks know nothing of it.
        var tenant = $"t{Guid.NewGuid():N}"[..20];
        using var server = new ForgetfulAlertmanager();
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
}
