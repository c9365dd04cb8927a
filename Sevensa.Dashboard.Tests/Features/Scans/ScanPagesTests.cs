using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Images;
using Sevensa.Dashboard.Features.Scans.Pages;
using Sevensa.Dashboard.Features.Scans.Vulnerabilities;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Vulnerabilities and images in the browser, of all tenants and of one.</summary>
public class ScanPagesTests
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");

    private static BunitContext Page(Workshop shop, Caller caller)
    {
        var (page, _) = UiContext.Create();
        var callers = Substitute.For<ICurrentCaller>();
        callers.GetAsync(default).ReturnsForAnyArgs(caller);
        page.Services.AddSingleton(callers);
        page.Services.AddSingleton(shop.Services.GetRequiredService<VulnerabilityDesk>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<ImageDesk>());
        page.Services.AddSingleton(shop.Services.GetRequiredService<ITenants>());
        return page;
    }

    private static async Task<Workshop> WithTwoTenantsAsync()
    {
        var shop = ScanShop.Open();
        var (shared, silent) = (ScanShop.NewDigest(), ScanShop.NewDigest());
        shop.Run("rentguy", "api", shared);
        shop.Run("witcom", "api", shared);
        shop.Run("rentguy", "web", silent);
        shop.Fleet.Change("witcom-api", facts => facts with { Ports = ["0.0.0.0:1->80/tcp"] });
        await shop.ScanAsync(shared, ("CVE-2030-1", "CRITICAL"));
        return shop;
    }

    [Fact]
    public async Task A_vulnerability_of_all_tenants_leads_to_each_ones_findings_and_a_filter_is_in_the_address()
    {
        await using var shop = await WithTwoTenantsAsync();
        await using var page = Page(shop, Callers.Admin);
        var shown = page.Render<VulnerabilitiesPage>();
        shown.WaitForAssertion(() => Assert.Single(shown.FindAll(".mud-data-grid tbody tr")), Patience.Usual);
        Assert.Equal(
            ["/tenants/rentguy/scans?vulnerability=CVE-2030-1", "/tenants/witcom/scans?vulnerability=CVE-2030-1"],
            shown.FindAll(".mud-data-grid tbody a").Select(link => link.GetAttribute("href"))
        );
        Assert.Contains("published", shown.Find(".mud-data-grid tbody tr").TextContent, StringComparison.Ordinal);
        await shown.ChooseAsync("Reached", ExposureWords.Choices.Single(one => one.Word == "internet"));
        var address = page.Services.GetRequiredService<NavigationManager>().Uri;
        Assert.EndsWith("/scans/vulnerabilities?exposure=internet", address, StringComparison.Ordinal);
        shown.WaitForAssertion(
            () => Assert.Contains("No open vulnerability fits", shown.Markup, StringComparison.Ordinal),
            Patience.Usual
        );
    }

    [Fact]
    public async Task A_tenant_sees_its_own_alone_and_nothing_of_another()
    {
        await using var shop = await WithTwoTenantsAsync();
        await using var page = Page(shop, Rentguy);
        var shown = page.Render<VulnerabilitiesPage>(parameters => parameters.Add(one => one.Id, "rentguy"));
        shown.WaitForAssertion(() => Assert.Single(shown.FindAll(".mud-data-grid tbody tr")), Patience.Usual);
        Assert.DoesNotContain("witcom", shown.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("published", shown.Find(".mud-data-grid tbody tr").TextContent, StringComparison.Ordinal);

        var others = page.Render<VulnerabilitiesPage>(parameters => parameters.Add(one => one.Id, "witcom"));
        others.WaitForAssertion(
            () => Assert.Contains("There is nothing here", others.Markup, StringComparison.Ordinal),
            Patience.Usual
        );
        var images = page.Render<ImagesPage>(parameters => parameters.Add(one => one.Id, "witcom"));
        images.WaitForAssertion(
            () => Assert.Contains("There is nothing here", images.Markup, StringComparison.Ordinal),
            Patience.Usual
        );
    }

    [Fact]
    public async Task An_image_that_nobody_scanned_stands_beside_those_that_were()
    {
        await using var shop = await WithTwoTenantsAsync();
        await using var page = Page(shop, Rentguy);
        var shown = page.Render<ImagesPage>();
        shown.WaitForAssertion(() => Assert.Equal(2, shown.FindAll(".mud-data-grid tbody tr").Count), Patience.Usual);
        var rows = shown.FindAll(".mud-data-grid tbody tr").Select(row => row.TextContent).ToList();
        Assert.Contains("deny", rows[0], StringComparison.Ordinal);
        Assert.Contains("1 critical", rows[0], StringComparison.Ordinal);
        Assert.Contains("unknown", rows[1], StringComparison.Ordinal);
        Assert.Contains("never for vulnerabilities", rows[1], StringComparison.Ordinal);
        Assert.DoesNotContain("witcom", shown.Find(".mud-data-grid").TextContent, StringComparison.Ordinal);
    }
}
