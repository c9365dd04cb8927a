using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>Every kind of the catalogue said in the chat, approved by another, done on a real engine.</summary>
[TakesLong(150)]
public sealed class EveryKindByChat(RealFleet fleet, Browser browser) : IClassFixture<RealFleet>, IAsyncDisposable
{
    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task Each_is_said_proposed_approved_and_done_on_a_real_engine()
    {
        await using var work = await RealWorker.StartAsync(fleet);
        using var approver = await fleet.Dashboard.ClientOfAsync("approver");
        var kinds = await RealWorker.KindsAsync(approver);
        var page = await pages.SignInAsync(fleet.Dashboard.Url, "operator");
        foreach (
            var (kind, said) in new[]
            {
                ("container.restart", "restart the RentGuy worker"),
                ("container.stop", "stop the RentGuy worker"),
                ("container.start", "start the RentGuy worker"),
                ("container.resources", "give the RentGuy worker 96 MB and half a cpu"),
                ("network.connect", "connect the RentGuy worker to rentguy_outer"),
                ("network.disconnect", "disconnect the RentGuy worker from rentguy_outer"),
                ("service.scale", "scale the RentGuy API to two"),
                ("service.scale", "scale the RentGuy API to one"),
                ("volume.snapshot", "take a snapshot of RentGuy's rentguy_data"),
                ("service.harden", "harden the RentGuy worker: 5.26 and 5.29"),
                ("volume.restore", "restore RentGuy's rentguy_data"),
                ("service.deploy", "deploy rentguy/worker:2 to the RentGuy worker"),
                ("service.rollback", "roll the RentGuy worker back to before the last deploy"),
                ("service.deploy", "deploy rentguy/worker:2 to the RentGuy worker"),
                ("tenant.rollback", "Rollback RentGuy to before the last deploy"),
                ("image.pull", $"pull {work.Registry.Reference} for RentGuy"),
                ("image.prune", "prune the image rentguy/worker:0 of RentGuy"),
            }
        )
        {
            kinds.Remove(kind);
            var card = await SayAsync(page, said);
            var proposal = (await approver.GetFromJsonAsync<JsonNode>("/api/v1/proposals?tenant=rentguy"))![
                "items"
            ]!.AsArray()[0]!;
            Assert.Equal(kind, proposal["kind"]!.GetValue<string>());
            using var approved = await approver.PostAsJsonAsync(
                $"/api/v1/proposals/{proposal["id"]!.GetValue<string>()}/approve",
                new { planHash = proposal["planHash"]!.GetValue<string>() }
            );
            Assert.True(approved.IsSuccessStatusCode, await approved.Content.ReadAsStringAsync());
            await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));
        }
        Assert.Empty(kinds);
        var worker = await fleet.Engine.InspectAsync("rentguy-worker-1");
        Assert.Equal("rentguy/worker:1", worker["Config"]!["Image"]!.GetValue<string>());
        Assert.Equal(96 << 20, worker["HostConfig"]!["Memory"]!.GetValue<long>());
    }

    /// <returns>The card of what was proposed.</returns>
    private static async Task<ILocator> SayAsync(IPage page, string said)
    {
        var card = page.Locator(".plan-card");
        var answer = page.Locator("article.msg").Last;
        var told = "";
        await Eventually.TrueAsync(
            $"\"{said}\" to be proposed",
            async _ =>
            {
                await page.GoToAsync("/console");
                await page.Locator("form.ask textarea").FillAsync(said);
                await page.Keyboard.PressAsync("Enter");
                var declined = page.GetByText(new Regex("Nothing was|proposed nothing|Which "));
                await Expect(card.Or(declined).First).ToBeVisibleAsync();
                if (await card.CountAsync() > 0)
                    return true;
                told = await answer.InnerTextAsync();
                // What the last one changed may not have been told yet.
                return RealWorker.IsTooEarly(told) || told.Contains("proposed nothing", StringComparison.Ordinal)
                    ? false
                    : throw new EndedEarlyException($"{said}: {told}");
            },
            because: () => told
        );
        return card;
    }
}
