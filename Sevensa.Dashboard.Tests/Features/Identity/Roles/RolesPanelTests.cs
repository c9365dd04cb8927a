using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Tests.Ui;
using TestContext = Xunit.TestContext;

namespace Sevensa.Dashboard.Tests.Features.Identity.Roles;

/// <summary>Roles put together and given in the browser, over the running program's services.</summary>
public sealed class RolesPanelTests(RolesApp app) : IClassFixture<RolesApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_role_is_put_together_with_what_it_needs_and_the_password_and_stands_in_the_list()
    {
        await using var page = await PageAsync("session of the panel");
        var shown = page.Render<RolesPanel>();
        shown.WaitForAssertion(() => Assert.True(Rows().Count >= 5));
        // Those from the start can't be touched.
        Assert.All(Rows().Take(5), row => Assert.Empty(row.QuerySelectorAll("button")));
        await shown.Find("input[required]").ChangeAsync("Release manager");
        await Tick(shown, "portal", false);
        Assert.Empty(shown.FindAll("input[type=checkbox][checked]"));
        await Tick(shown, "approveHighRisk", true);
        Assert.Equal(["portal", "read", "approve", "approveHighRisk"], Ticked(shown));
        await Tick(shown, "approve", false);
        Assert.Equal(["portal", "read"], Ticked(shown));
        await shown.Find("form").SubmitAsync();
        await GiveAsync(shown, "wrong");
        shown.WaitForAssertion(() => Assert.NotEmpty(shown.FindAll("[role=alert]")));
        Assert.DoesNotContain(Rows(), IsTheirs);
        await GiveAsync(shown, "sandbox");
        shown.WaitForAssertion(() => Assert.Contains(Rows(), IsTheirs));
        Assert.Empty(shown.FindAll("[role=alert]"));
        Assert.Contains(
            "see the tenant's portal, see what operators see",
            Rows().Single(IsTheirs).TextContent,
            StringComparison.Ordinal
        );

        List<AngleSharp.Dom.IElement> Rows() => [.. shown.FindAll("[data-roles] tbody tr")];

        static bool IsTheirs(AngleSharp.Dom.IElement row) =>
            row.TextContent.Contains("Release manager", StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_in_use_stays_and_the_page_says_by_whom_and_one_that_is_not_goes()
    {
        var used = await app.RoleAsync("Used on the page", "portal");
        var person = await app.HolderAsync("on-the-page", used, "rentguy");
        using var browser = person.Browser;
        await app.RoleAsync("Unused on the page", "portal");
        await using var page = await PageAsync("another session of the panel");
        var shown = page.Render<RolesPanel>();
        await (await shown.WaitForElementAsync("[aria-label='Remove Used on the page']")).ClickAsync();
        shown.WaitForAssertion(() =>
            Assert.Contains("on-the-page", shown.Find("[role=alert]").TextContent, StringComparison.Ordinal)
        );
        await shown.Find("[aria-label='Remove Unused on the page']").ClickAsync();
        shown.WaitForAssertion(() => Assert.Empty(shown.FindAll("[aria-label='Remove Unused on the page']")));
        Assert.NotEmpty(shown.FindAll("[aria-label='Remove Used on the page']"));
    }

    [Fact]
    public async Task Another_name_is_kept_without_the_password_and_other_permissions_ask_for_it()
    {
        var id = await app.RoleAsync("Changed on the page", "portal", "read");
        await using var page = await PageAsync("third session of the panel");
        var shown = page.Render<RolesPanel>();
        await (await shown.WaitForElementAsync("[aria-label='Change Changed on the page']")).ClickAsync();
        shown.WaitForAssertion(() => Assert.Equal(["portal", "read"], Ticked(shown)));
        await shown.Find("input[required]").ChangeAsync("Renamed on the page");
        await shown.Find("form").SubmitAsync();
        await shown.WaitForElementAsync("[aria-label='Change Renamed on the page']");
        await shown.Find("[aria-label='Change Renamed on the page']").ClickAsync();
        await Tick(shown, "propose", true);
        await shown.Find("form").SubmitAsync();
        await GiveAsync(shown, "sandbox");
        var store = app.Services.GetRequiredService<RoleStore>();
        shown.WaitForAssertion(() => Assert.Empty(shown.FindAll("[data-given]")));
        var kept = (await store.FindAsync(id, Stop))!;
        Assert.Equal(("Renamed on the page", "portal read propose"), (kept.Name, kept.Permissions));
    }

    [Fact]
    public async Task Who_is_given_a_role_picks_it_among_all()
    {
        var id = await app.RoleAsync("Picked on the page", "portal");
        await using var page = await PageAsync("fourth session of the panel");
        (Role Role, string? CustomRole) chosen = default;
        var shown = page.Render<RoleChoice>(all =>
            all.Add(one => one.Role, Role.Custom)
                .Add(one => one.CustomRole, "one-that-is-gone")
                .Add(one => one.Chosen, given => chosen = given)
        );
        shown.WaitForAssertion(() => Assert.Contains($"custom:{id}", Offered()));
        // What is held and is not there any more is not shown as another one.
        Assert.Contains("custom:one-that-is-gone", Offered());
        var words = shown.FindComponent<MudSelect<string>>().Instance.ToStringFunc!;
        Assert.Contains("gone", words("custom:one-that-is-gone"), StringComparison.Ordinal);
        Assert.Equal("Picked on the page", words($"custom:{id}"));
        Assert.DoesNotContain("Custom", Offered());
        await shown.ChooseAsync("Role", $"custom:{id}");
        Assert.Equal((Role.Custom, id), chosen);
        await shown.ChooseAsync("Role", "Approver");
        Assert.Equal((Role.Approver, null), chosen);

        List<string?> Offered() =>
            [.. shown.FindComponents<MudSelectItem<string>>().Select(item => item.Instance.Value)];
    }

    private async Task<BunitContext> PageAsync(string session)
    {
        var page = UiContext.Create().Page;
        var admin = await app.Services.GetRequiredService<PersonStore>().FindByNameAsync("admin", Stop);
        var current = Substitute.For<ICurrentCaller>();
        var caller = admin!.ToCaller() with { Session = session };
        current.GetAsync(Arg.Any<CancellationToken>()).Returns(caller);
        page.Services.AddSingleton(current);
        page.Services.AddSingleton(app.Services.GetRequiredService<IStepUp>());
        page.Services.AddSingleton(app.Services.GetRequiredService<RolesToday>());
        page.Services.AddSingleton(app.Services.GetRequiredService<RoleDesk>());
        page.Services.AddSingleton(app.Services.GetRequiredService<RoleStore>());
        return page;
    }

    private static Task Tick(IRenderedComponent<RolesPanel> shown, string permission, bool on) =>
        shown.Find($"input[data-permission={permission}]").ChangeAsync(on);

    private static List<string> Ticked(IRenderedComponent<RolesPanel> shown) =>
        [.. shown.FindAll("input[type=checkbox][checked]").Select(box => box.GetAttribute("data-permission")!)];

    private static async Task GiveAsync(IRenderedComponent<RolesPanel> shown, string given)
    {
        var field = await shown.WaitForElementAsync("[data-given]");
        await field.ChangeAsync(given);
        await shown.FindAll("form")[1].SubmitAsync();
    }
}
