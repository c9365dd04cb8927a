using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// An answer that streams into the console in Chromium: how long after leaving the model's server its first token is on the page,
/// and what drawing 200 tokens a second costs there. Beside it the page of a service's story.
/// </summary>
internal sealed class AnswersOnThePage : IBench
{
    private const int Fast = 200;
    private const int Seconds = 6;

    public string Name => "answer";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var model = await SpokenModel.StartAsync();
        await using var dashboard = await BenchDashboard.StartAsync(
            await StartAndIdle.PublishAsync("Sevensa.Dashboard/Sevensa.Dashboard.csproj", "Sevensa.Dashboard"),
            beside: false,
            ("Ollama:Url", model.Url),
            ("Ollama:Model", SpokenModel.Name)
        );
        await using var browser = new Browser();
        await using var pages = browser.Pages();
        var page = await pages.SignInAsync(dashboard.Url, "operator");
        var devtools = await page.Context.NewCDPSessionAsync(page);
        await devtools.SendAsync("Performance.enable");
        List<double> first = [],
            share = [],
            story = [];
        for (var round = -2; round < rounds; round++)
        {
            (model.Tokens, model.PerSecond) = (40, 50);
            var late = await FirstAsync(page, model);
            (model.Tokens, model.PerSecond) = (Fast * Seconds, Fast);
            var scripting = round is >= 0 and < 3 ? await ScriptingAsync(page, devtools) : (double?)null;
            var told = await StoryAsync(page);
            if (round < 0)
                continue;
            first.Add(late);
            story.Add(told);
            if (scripting is { } known)
                share.Add(known);
        }
        return
        [
            new Measure("first token, from the model's server to the page", "ms", first, [50], Bound.Ratio(1)),
            new Measure($"scripting while {Fast} tokens/s are drawn, of a core", "%", share, [30], Bound.Ratio(1)),
            new Measure(
                "page of a service's story, from going there to its sentence",
                "ms",
                story,
                [2000],
                Bound.AtMost(2000)
            ),
        ];
    }

    private static async Task<double> FirstAsync(IPage page, SpokenModel model)
    {
        await AskAsync(page);
        await page.WaitForFunctionAsync("() => window.firstToken > 0");
        var shown = await page.EvaluateAsync<double>("() => window.firstToken");
        await EndAsync(page);
        return shown - model.FirstSent;
    }

    private static async Task<double> ScriptingAsync(IPage page, ICDPSession devtools)
    {
        await AskAsync(page);
        await page.WaitForFunctionAsync("() => window.firstToken > 0");
        var (before, clock) = (await ScriptAsync(devtools), Stopwatch.StartNew());
        await EndAsync(page);
        return (await ScriptAsync(devtools) - before) / clock.Elapsed.TotalSeconds * 100;
    }

    private static async Task AskAsync(IPage page)
    {
        await page.GotoAsync("/console");
        var field = page.Locator("form.ask textarea");
        await field.FillAsync("What should I know about this platform?");
        await page.EvaluateAsync(
            """
            () => {
              window.firstToken = 0;
              new MutationObserver((_, watch) => {
                const said = [...document.querySelectorAll('.msg:not([data-asked]) .said, .msg[data-asked=False] .said, .msg[data-asked=false] .said')].pop();
                if (!said || !said.textContent.trim()) return;
                window.firstToken = performance.timeOrigin + performance.now();
                watch.disconnect();
              }).observe(document.querySelector('.messages'), { childList: true, subtree: true, characterData: true });
            }
            """
        );
        await field.PressAsync("Enter");
    }

    private static Task EndAsync(IPage page) =>
        page.Locator("form.ask button[type=submit]").WaitForAsync(new() { Timeout = 60_000 });

    private static async Task<double> StoryAsync(IPage page)
    {
        var clock = Stopwatch.StartNew();
        await page.GotoAsync("/tenants/rentguy/story?service=api");
        await page.Locator(".story-said").WaitForAsync();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static async Task<double> ScriptAsync(ICDPSession devtools)
    {
        var metrics = await devtools.SendAsync("Performance.getMetrics");
        return metrics!
            .Value.GetProperty("metrics")
            .EnumerateArray()
            .First(metric => metric.GetProperty("name").GetString() == "ScriptDuration")
            .GetProperty("value")
            .GetDouble();
    }
}
