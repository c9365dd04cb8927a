using Bunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Pages;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>A tenant's gate policy in the browser.</summary>
public class GatePolicyPageTests
{
    private const string Grace = "A finding counts after (days)";

    [Fact]
    public async Task What_comes_late_of_the_tenant_before_is_not_put_into_the_form_of_this_one()
    {
        await using var shop = new Workshop();
        var stores = shop.Services.GetRequiredService<IDbContextFactory<Store>>();
        var store = new GatePolicyStore(stores);
        await store.ChangeAsync(
            "rentguy",
            0,
            new GateRules("low", false, false, false, 77, false, [], false, "deny", null),
            "p1",
            "somebody",
            UiContext.Now,
            Xunit.TestContext.Current.CancellationToken
        );
        var late = new TaskCompletionSource<TenantScope>();
        var scopes = Substitute.For<ITenantScopes>();
#pragma warning disable CA2012 // NSubstitute takes the call itself, not what it returns.
        scopes
            .ForAsync(Arg.Any<Caller>(), "rentguy", Arg.Any<CancellationToken>())
            .Returns(_ => new ValueTask<TenantScope>(late.Task));
        scopes
            .ForAsync(Arg.Any<Caller>(), "witcom", Arg.Any<CancellationToken>())
            .Returns(_ => new ValueTask<TenantScope>(new TenantScope(["witcom"])));
#pragma warning restore CA2012
        await using var page = UiContext.Create().Page;
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(Arg.Any<CancellationToken>()).Returns(Callers.Operator);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(shop.Services.GetRequiredService<ITenants>());
        page.Services.AddSingleton(
            new GatePolicyDesk(
                store,
                new GatePolicies(store, null!, Options.Create(new ScansOptions())),
                null!,
                shop.Services.GetRequiredService<ITenants>(),
                scopes,
                shop.Proposals
            )
        );
        var shown = page.Render<GatePolicyPage>(parameters => parameters.Add(one => one.Id, "rentguy"));
        shown.Render(parameters => parameters.Add(one => one.Id, "witcom"));
        shown.WaitForAssertion(() => shown.Field(Grace), Patience.Usual);
        late.SetResult(new TenantScope(["rentguy"]));
        // What follows the late answer has run once another piece of work of the page has.
        await shown.InvokeAsync(async () =>
            await store.FindAsync("rentguy", Xunit.TestContext.Current.CancellationToken)
        );
        await shown.InvokeAsync(() => { });
        Assert.DoesNotContain("rentguy", shown.Markup, StringComparison.OrdinalIgnoreCase);
        Assert.NotEqual("77", shown.Field(Grace).GetAttribute("value"));
    }
}
