using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;
using static Microsoft.Playwright.Assertions;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>From a sentence in the chat to a policy that acted once, did no good, and went back; read by code, with no model.</summary>
[TakesLong(90)]
public sealed class PoliciesInTheBrowser(Browser browser) : IAsyncDisposable
{
    /// <summary>What holds whatever is done.</summary>
    private const string Sentence = "Restart the RentGuy worker when `max_over_time(up[1h]) > 0`, at most once a day";

    private readonly TestPages pages = browser.Pages();

    public ValueTask DisposeAsync() => pages.DisposeAsync();

    [Fact]
    public async Task From_a_sentence_over_the_past_and_shadow_to_one_deed_and_back()
    {
        await using var dashboard = DashboardProcess.With([
            new("Policies:EverySeconds", "1"),
            new("Ollama:Url", "http://127.0.0.1:9"),
            new("Ollama:Model", "m"),
        ]);
        await dashboard.StartAsync();
        using var api = await dashboard.ClientOfAsync("admin");
        await Eventually.TrueAsync(
            "the hosts to tell of RentGuy's containers",
            async token =>
                (await api.GetFromJsonAsync<JsonNode>("/api/v1/tenants/rentguy/containers", token))!["items"]!
                    .AsArray()
                    .Any(item => item!["service"]!.GetValue<string>() == "worker")
        );

        // Said in the chat, it is proposed as a draft; nothing is restarted.
        var page = await pages.SignInAsync(dashboard.Url, "admin", at: "/console");
        await page.Locator("form.ask textarea").FillAsync(Sentence);
        await page.Keyboard.PressAsync("Enter");
        var card = page.Locator(".plan-card").First;
        await Expect(card).ToContainTextAsync("Write down the policy");
        await card.Locator("[data-approve]").ClickAsync();
        await Expect(card).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));

        await page.GoToAsync("/policies");
        await page.Locator(".mud-data-grid td a[href^='/policies/']").First.ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("Restart the RentGuy worker");

        // What can't be is named by its place; the form and the text are the same.
        var yaml = page.Locator("[data-policy-yaml]");
        await Expect(yaml).ToHaveValueAsync(new Regex("perDay: 1"));
        var written = await yaml.InputValueAsync();
        await yaml.FillAsync(written.Replace("perDay: 1", "perDay: 0") + "\nbugdet: 1\n");
        await yaml.BlurAsync();
        var problems = page.Locator("[data-policy-problems]");
        await Expect(problems).ToContainTextAsync("budget.perDay");
        await Expect(problems).ToContainTextAsync("bugdet");
        await Expect(page.Locator("[data-policy-save]")).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Back to what is saved" }).ClickAsync();
        await Expect(problems).ToHaveCountAsync(0);
        await FieldAsync(page, "cooldown", "0s");
        await FieldAsync(page, "outcome.within", "10s");
        await Expect(yaml).ToHaveValueAsync(new Regex("cooldown: 0s"));
        await Expect(page.Locator("[data-policy-says]")).ToContainTextAsync("10 seconds after the action");
        await TestPages.ScreenshotAsync(page, "policy-text", fullPage: true);
        await page.Locator("[data-policy-save]").ClickAsync();
        await Expect(page.Locator("[data-policy-says]")).ToHaveCountAsync(0);

        // What it said before is kept, and told apart from what it says now.
        await page.Locator("[data-policy-versions] button").First.ClickAsync();
        await Expect(page.Locator("[data-policy-difference]").First).ToContainTextAsync("cooldown 15m → 0s");

        await page.GetByRole(AriaRole.Button, new() { Name = "Try it" }).ClickAsync();
        await Expect(page.GetByText("It would have acted").First).ToBeVisibleAsync();
        // It stays with it, for whoever looks next and for who is to approve.
        await page.ReloadAsync();
        await Expect(page.Locator("[data-policy-tried]")).ToContainTextAsync("it would have acted");

        await page.GetByRole(AriaRole.Button, new() { Name = "Watch it in shadow" }).ClickAsync();
        await Expect(page.Locator("[data-policy-looked]")).ToContainTextAsync("would act");
        await Expect(page.Locator("[data-policy-agreements]")).ToContainTextAsync("it takes 3 agreements");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Propose to enforce it", Exact = true }))
            .ToBeDisabledAsync();

        // Nobody did the same within these seconds: an administrator leaves that out, and somebody else approves that.
        await page.Locator("[data-policy-waive]").ClickAsync();
        var waits = page.GetByRole(AriaRole.Link, new() { NameRegex = new Regex("Its enforcement waits") });
        var proposal = await waits.GetAttributeAsync("href");
        var approver = await pages.SignInAsync(dashboard.Url, "approver", at: proposal!);
        await Expect(approver.Locator(".proposal")).ToContainTextAsync("without the agreements");
        await Expect(approver.Locator(".proposal")).ToContainTextAsync("Tried on the 30 days before");
        await approver.Locator("[data-approve]").ClickAsync();
        await Expect(approver.Locator(".proposal")).ToContainTextAsync(new Regex("succeeded", RegexOptions.IgnoreCase));

        // It acted once; it did not help, and it says why it went back.
        await Expect(page.Locator("[data-policy-looked]")).ToContainTextAsync("demoted");
        await Expect(page.Locator("[data-policy-looked]")).ToContainTextAsync("it did not help");
        await Expect(page.GetByText("What it did had no good outcome").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Back to draft" })).ToBeVisibleAsync();
        await Expect(page.Locator("[data-policy-effect]")).ToContainTextAsync("It acted 1 time: 0 helped, 1 did not.");
        await Expect(page.Locator("[data-policy-looks]")).ToContainTextAsync("next");
        await TestPages.ScreenshotAsync(page, "policy-demoted", fullPage: true);
    }

    private static async Task FieldAsync(IPage page, string name, string value)
    {
        var field = page.Locator($"[data-field='{name}']");
        await field.FillAsync(value);
        await field.BlurAsync();
        await Expect(page.Locator("[data-policy-yaml]")).ToHaveValueAsync(new Regex(Regex.Escape(value)));
    }
}
