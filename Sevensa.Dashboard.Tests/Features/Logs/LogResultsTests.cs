using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Logs.Components;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Logs;

public sealed class LogResultsTests
{
    private const string Hostile =
        "<img src=x onerror=alert(1)><script>alert(2)</script>\u001b]8;;javascript:alert(3)\u0007x\u202e";

    [Fact]
    public async Task Hostile_lines_are_text_and_nothing_else()
    {
        await using var loki = await MemoryLoki.StartAsync();
        loki.Log(false, (UiContext.Now.AddMinutes(-1).ToUnixNs(), Hostile));
        var (page, _) = UiContext.Create();
        await using var _1 = page;
        page.Services.AddSingleton(loki.Stub.Client());
        var results = page.Render<LogResults>(parameters =>
            parameters
                .Add(view => view.Tenant, "a")
                .Add(view => view.Scope, new TenantScope(["a"]))
                .Add(view => view.LogQl, "{service=\"api\"}")
                .Add(view => view.From, UiContext.Now.AddHours(-1))
                .Add(view => view.To, UiContext.Now)
                .Add(view => view.LineHref, row => $"?line={row.Id}")
        );
        await results.WaitForElementAsync(".log-tools", Patience.Usual);
        await results.Find(".log-tools button[aria-pressed]").ClickAsync(new());
        var row = results.Find(".log-row .msg-text");
        Assert.Contains(
            "<img src=x onerror=alert(1)><script>alert(2)</script>",
            row.TextContent,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("\u202e", row.TextContent, StringComparison.Ordinal);
        Assert.Empty(results.FindAll("img, script, a[href^=javascript]"));
    }
}
