using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Metrics;

public sealed class ErrorBudgetTests
{
    private static readonly Tenant Agreed = new("a", "A", "#123456", ["api"], [], 500, 0.999);

    [Theory]
    // Half the budget is left and twice the allowed share fails: a quarter of thirty days.
    [InlineData(0.9995, 0.002, "error budget gone in 7 d at this rate")]
    [InlineData(0.9995, 0.0009, null)]
    [InlineData(0.998, 0, "error budget of 30 days used up")]
    public void It_warns_when_the_budget_goes_before_its_month(double kept, double failing, string? words) =>
        Assert.Equal(words, ErrorBudget.Warning(Agreed, Health(kept, failing)));

    [Fact]
    public void Nothing_agreed_is_nothing_to_spend() =>
        Assert.Null(ErrorBudget.Warning(Agreed with { AvailabilityObjective = null }, Health(0.5, 1)));

    private static TenantHealth Health(double kept, double failing) =>
        new(
            "a",
            HealthState.Healthy,
            kept,
            kept,
            kept,
            null,
            failing,
            10,
            null,
            0,
            [],
            [new ServiceHealth("api", HealthState.Healthy, null, failing, 10, null, null, null)],
            default
        );
}
