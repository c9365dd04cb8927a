using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Overview;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Overview;

public sealed class HeadlineTests
{
    [Fact]
    public void It_says_who_needs_attention_and_why_and_that_the_rest_is_well()
    {
        var headline = Headline.Of([
            Row("RentGuy", HealthState.Degraded, "api takes 842 ms at p95; 500 ms was agreed."),
            Row("PSRA", HealthState.CloseToLimit),
            Row("Witcom", HealthState.Healthy),
        ]);
        Assert.Equal("One tenant needs you", headline.Title);
        Assert.Equal(
            "RentGuy: api takes 842 ms at p95; 500 ms was agreed. Everything else is within its objectives.",
            headline.Text
        );
    }

    [Fact]
    public void The_worst_is_named_first() =>
        Assert.StartsWith(
            "B is down",
            Headline.Of([Row("A", HealthState.Degraded), Row("B", HealthState.Down)]).Text,
            StringComparison.Ordinal
        );

    [Fact]
    public void Well_is_said_only_when_it_is_known()
    {
        Assert.Equal("Everything is well", Headline.Of([Row("A", HealthState.Healthy)]).Title);
        Assert.Equal("Nothing is known yet", Headline.Of([Row("A", null)]).Title);
        Assert.Contains(
            "Nothing is known of one tenant",
            Headline.Of([Row("A", HealthState.Healthy), Row("B", null)]).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void What_is_not_measured_or_not_agreed_is_not_called_well()
    {
        var row = Row("A", HealthState.Healthy);
        var unmeasured = row with { Health = row.Health! with { Availability30d = null } };
        var headline = Headline.Of([unmeasured]);
        Assert.Equal("Nothing is wrong, as far as is known", headline.Title);
        Assert.Equal("No requests were measured of A.", headline.Text);
        var free = row with { Tenant = row.Tenant with { LatencyObjectiveMs = null, AvailabilityObjective = null } };
        headline = Headline.Of([free, Row("B", HealthState.Healthy)]);
        Assert.Equal("Nothing is wrong, as far as is known", headline.Title);
        Assert.Equal("Who has objectives is within them. No objective is agreed for A.", headline.Text);
    }

    [Fact]
    public void An_alert_that_is_not_critical_is_worth_a_look()
    {
        var headline = Headline.Of([Row("A", HealthState.CloseToLimit, "One alert is firing.")]);
        Assert.Equal(("One tenant is worth a look", "A: One alert is firing."), (headline.Title, headline.Text));
    }

    internal static BoardRow Row(string name, HealthState? state, params string[] reasons) =>
        new(
            new Tenant(name.ToLowerInvariant(), name, "#123456", ["api", "web"], [], 500, 0.999),
            state is { } known
                ? new TenantHealth(
                    name.ToLowerInvariant(),
                    known,
                    0.999,
                    0.999,
                    0.9971,
                    0.842,
                    0.019,
                    30,
                    0.91,
                    2,
                    reasons,
                    [],
                    Ui.UiContext.Now
                )
                : null,
            [1, 2, 3],
            default,
            state is null ? null : new LastChange(Ui.UiContext.Now.AddDays(-1), "api 2.4.0 → 2.4.1"),
            default,
            ["vps-1"]
        );
}
