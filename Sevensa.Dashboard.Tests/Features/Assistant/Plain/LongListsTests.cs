using System.Text.Json;
using Microsoft.Extensions.AI;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Assistant.Plain;

/// <summary>What is counted is all there is, or is said to be a part of it.</summary>
public sealed class LongListsTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly Turn turn = new(Callers.Operator, "c", new AssistantOptions());
    private readonly List<string> asked = [];

    [Fact]
    public async Task Secrets_are_gone_through_page_by_page()
    {
        var said = await AskedAsync(
            new Wish(WishKind.Secrets, "overdue secrets of rentguy", "rentguy", Text: "overdue"),
            AIFunctionFactory.Create(
                (string tenant, string? after = null) =>
                    JsonSerializer.SerializeToElement(
                        after is null
                            ? new { secrets = Secrets(100, overdue: false), next = (string?)"s-100" }
                            : new { secrets = Secrets(3, overdue: true), next = (string?)null }
                    ),
                "list_secrets"
            )
        );
        Assert.Contains("3 secrets, 3 overdue", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_are_asked_for_by_their_window_and_what_was_not_looked_at_is_said()
    {
        var said = await AskedAsync(
            new Wish(
                WishKind.Changes,
                "what changed last week",
                "rentguy",
                When: new SaidTime("last week", Now.AddDays(-13), Now.AddDays(-6))
            ),
            AIFunctionFactory.Create(
                (string tenant, int hours = 72, string? until = null) =>
                {
                    asked.Add($"{hours} {until}");
                    return JsonSerializer.SerializeToElement(
                        new
                        {
                            changes = Enumerable
                                .Range(0, 30)
                                .Select(at => new { at = Now.AddDays(-7).AddMinutes(-at), text = $"change {at}" }),
                            count = 45,
                        }
                    );
                },
                "recent_changes"
            )
        );
        Assert.Equal(["312 2026-11-23T12:00:00.000Z"], asked);
        Assert.Contains("45 changes (of the newest 30 of 45)", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_is_cut_is_said_to_be()
    {
        Assert.Contains(
            "there may be more",
            ResultWords.Partial("list_alerts", JsonSerializer.SerializeToElement(new { alerts = new int[100] })),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "",
            ResultWords.Partial("list_alerts", JsonSerializer.SerializeToElement(new { alerts = new int[9] }))
        );
    }

    private async Task<string> AskedAsync(Wish wish, AIFunction tool)
    {
        var source = Substitute.For<IToolSource>();
        source.ToolsFor(Arg.Any<Caller>()).Returns([tool]);
        var proposals = Substitute.For<IProposals>();
        var answer = new WishAnswer(
            turn,
            new PlainLook(turn, new TurnTools([source], new ProposeTool(proposals, []), [])),
            [new Tenant("rentguy", "RentGuy", "#000000", ["api"], ["rentguy"])],
            proposals,
            [],
            Now
        );
        return await answer.ToAsync(wish, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<object> Secrets(int count, bool overdue) =>
        Enumerable
            .Range(0, count)
            .Select(at => new
            {
                path = $"s-{at}",
                version = 1,
                overdue,
            });

    public void Dispose() => turn.Dispose();
}
