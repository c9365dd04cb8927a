using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using static Sevensa.Dashboard.Tests.Features.Secrets.Schedules.RotationHouse;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>What wants somebody among the secrets of all tenants.</summary>
public class FleetSecretsTests
{
    private static Task<WantedSecrets> WantedAsync(IServiceProvider services, params string[] tenants) =>
        services
            .GetRequiredService<FleetSecrets>()
            .OfAsync(new TenantScope(tenants), 30, TestContext.Current.CancellationToken);

    [Fact]
    public async Task It_is_what_is_overdue_or_gone_by_the_rule_where_one_holds()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        await vault.SendAsync("vault", "POST", "/v1/secret/data/rentguy/api/gone", """{"data": {"a": "b"}}""", Root);
        await vault.SendAsync("vault", "DELETE", "/v1/secret/data/rentguy/api/gone", null, Root);
        await SetAsync(shop, Wish() with { EveryDays = 60 });

        var wanted = await WantedAsync(shop.Services, "rentguy", "witcom");
        var rotated = Assert.Single(wanted.Items, one => one.Secret.Path == "api/rotated");
        Assert.Equal(("rentguy", true, "nights"), (rotated.Tenant, rotated.Overdue, rotated.Rule));
        Assert.Contains(wanted.Items, one => one is { Tenant: "witcom", Overdue: true });
        var gone = Assert.Single(wanted.Items, one => one.Secret.Path == "api/gone");
        Assert.Equal(SecretStates.Deleted, gone.Secret.State);
        // Overdue first, and whatever is not well before what only comes.
        Assert.Equal(
            wanted
                .Items.Select(one =>
                    one.Overdue ? 0
                    : one.Secret.State == SecretStates.Live ? 2
                    : 1
                )
                .Order(),
            wanted.Items.Select(one =>
                one.Overdue ? 0
                : one.Secret.State == SecretStates.Live ? 2
                : 1
            )
        );

        // By a rule that gives it years it wants nobody, whatever its own due date says.
        await SetAsync(shop, Wish() with { EveryDays = 1000 });
        var later = await WantedAsync(shop.Services, "rentguy", "witcom");
        Assert.DoesNotContain(later.Items, one => one.Secret.Path == "api/rotated");
        Assert.Equal(wanted.Total, later.Total);
    }

    [Fact]
    public async Task Of_a_tenant_that_is_not_asked_about_nothing_is_told()
    {
        var (vault, shop) = await OpenAsync();
        await using var _ = vault;
        await using var __ = shop;
        Assert.All((await WantedAsync(shop.Services, "witcom")).Items, one => Assert.Equal("witcom", one.Tenant));
    }
}
