using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Layout;
using Sevensa.Dashboard.Ui.Nav;

namespace Sevensa.Dashboard.Tests.Ui;

public sealed class FrameTests
{
    private sealed class Source : INavSource
    {
        public NavData Data { get; set; } =
            new(
                new("Olga", "Operator"),
                NavPages.All(2),
                [new("rentguy", "RentGuy", State.Crit, "Degraded")],
                new SandboxInfo(["Prometheus"], ["Loki"])
            );

        public Action? Changed { get; private set; }

        public ValueTask<NavData> GetAsync(ClaimsPrincipal person, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Data);

        public IDisposable Subscribe(Action changed)
        {
            Changed = changed;
            return new Subscription(() => Changed = null);
        }
    }

    private sealed class Commands : ICommandSource
    {
        public ValueTask<IReadOnlyList<PaletteCommand>> FindAsync(
            ClaimsPrincipal person,
            string query,
            CancellationToken cancellationToken
        ) =>
            ValueTask.FromResult<IReadOnlyList<PaletteCommand>>([
                new("Restart rentguy-api", "Run", "/console?ask=restart"),
            ]);
    }

    [Fact]
    public async Task TheFrameShowsTenantsApprovalsAndTheSandbox()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.AddSingleton<INavSource>(new Source());
        var frame = page.Render<Frame>(p => p.AddChildContent("<h1>page</h1>"));
        var nav = frame.Find(".sidenav");
        Assert.Equal("2 waiting", nav.QuerySelector("b")!.TextContent);
        Assert.Contains("RentGuy, Degraded", nav.TextContent, StringComparison.Ordinal);
        Assert.Contains("simulated fleet", frame.Find(".sandbox").TextContent, StringComparison.Ordinal);
        Assert.Equal("page", frame.Find("main h1").TextContent);
    }

    [Fact]
    public async Task NewsReachTheFrameUntilItIsGone()
    {
        var (page, _) = UiContext.Create();
        var source = new Source();
        await using (page)
        {
            page.Services.AddSingleton<INavSource>(source);
            var frame = page.Render<Frame>();
            source.Data = source.Data with { Notices = [new NavNotice(State.Crit, "Dispatching is stopped by Olga.")] };
            source.Changed!();
            frame.WaitForAssertion(() =>
                Assert.Contains("Dispatching is stopped", frame.Find(".notes").TextContent, StringComparison.Ordinal)
            );
        }
        Assert.Null(source.Changed);
    }

    [Fact]
    public async Task ThePaletteFindsPagesTenantsAndCommandsAndGoesThere()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.AddSingleton<INavSource>(new Source());
        page.Services.AddSingleton<ICommandSource>(new Commands());
        var dialogs = page.Render<MudDialogProvider>();
        var frame = page.Render<Frame>();
        await frame.InvokeAsync(frame.Instance.OpenPalette);
        dialogs.Find(".palette input").Input("rentguy");
        Assert.Contains("RentGuy · Metrics", dialogs.Find(".palette .found").TextContent, StringComparison.Ordinal);
        dialogs.Find(".palette input").Input("restart");
        Assert.Equal(
            "Restart rentguy-api",
            Assert.Single(dialogs.FindAll(".palette .option")).QuerySelector("span")!.TextContent
        );
        dialogs.Find(".palette input").KeyDown("Enter");
        Assert.EndsWith(
            "/console?ask=restart",
            page.Services.GetRequiredService<NavigationManager>().Uri,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task TheDrawerGoesWhenALinkOfItIsFollowedAlsoToThePageOneIsOn()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        var bar = page.Render<BottomBar>(p => p.Add(x => x.Data, new Source().Data));
        await bar.Find(".bottombar button").ClickAsync();
        await bar.Find(".all-pages .sidenav a").ClickAsync();
        Assert.Empty(bar.FindAll(".all-pages"));
    }

    [Fact]
    public async Task AnAddressThatIsNoRangeIsSaidOnThePage()
    {
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.AddSingleton<INavSource>(new Source());
        page.Services.GetRequiredService<NavigationManager>().NavigateTo("/?from=yesterdayish");
        var frame = page.Render<Frame>();
        Assert.Contains(
            "from=yesterdayish is no time",
            frame.Find("[role=alert]").TextContent,
            StringComparison.Ordinal
        );
    }
}
