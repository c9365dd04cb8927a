using Bunit;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Components;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Each secret's row says by which rule it is rotated and what became of the last plan on it.</summary>
public class SecretRowsTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 9, 0, 0, TimeSpan.Zero);

    private static Secret Named(string path) =>
        new(path, $"secret/rentguy/{path}", "kv", 3, At, 10, At.AddDays(90), false, [], null, []);

    [Fact]
    public async Task A_row_leads_to_the_last_plan_and_to_the_rule()
    {
        Func<string, (string Id, string Name)?> rules = path => path == "worker/smtp" ? ("r1", "Every quarter") : null;
        await using var page = UiContext.Create().Page;
        var shown = page.Render<SecretRows>(parameters =>
            parameters
                .Add(one => one.Tenant, "rentguy")
                .Add(one => one.Items, [Named("api/database"), Named("worker/smtp")])
                .Add(
                    one => one.Last,
                    new Dictionary<string, LastRotation>
                    {
                        ["api/database"] = new("p1", "secret.rotate", ProposalState.RolledBack, "Ada", At),
                    }
                )
                .Add(one => one.RuleOf, rules)
        );
        var cells = shown.FindAll("[data-last]");
        Assert.Equal("/approvals/p1", cells[0].QuerySelector("a")!.GetAttribute("href"));
        Assert.Contains("Rotation taken back", cells[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Ada", cells[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("none lately", cells[1].TextContent, StringComparison.Ordinal);
        var rule = shown.FindAll("tr")[2].QuerySelector("a[href*='/schedules?schedule=']")!;
        Assert.Equal("Every quarter", rule.TextContent);
        Assert.Null(shown.FindAll("tr")[1].QuerySelector("a[href*='/schedules?schedule=']"));
    }

    [Fact]
    public async Task What_is_open_stays_as_it_is_when_the_list_is_read_anew()
    {
        await using var page = UiContext.Create().Page;
        var shown = page.Render<SecretRows>(parameters =>
            parameters
                .Add(one => one.Tenant, "rentguy")
                .Add(one => one.Items, [Named("api") with { Kind = "folder" }])
                .Add(one => one.Open, "api")
        );
        var detail = shown.FindComponent<SecretDetail>().Instance;
        shown.Render(parameters =>
            parameters.Add(one => one.Items, [Named("api") with { Kind = "folder", Version = 4, Versions = [] }])
        );
        Assert.Same(detail, shown.FindComponent<SecretDetail>().Instance);
        Assert.Equal(4, detail.Secret.Version);
    }
}
