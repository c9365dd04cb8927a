using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What was looked at before a proposal means the same when it is looked at again.</summary>
public sealed class EvidenceAgainTests
{
    private sealed class Releases : IToolSource
    {
        public IEnumerable<AIFunction> ToolsFor(Caller caller) =>
            [
                AIFunctionFactory.Create(
                    (string when) => new { meant = $"{when} in {caller.TimeZone ?? "the installation's zone"}" },
                    "find_releases"
                ),
            ];
    }

    [Theory]
    [InlineData("Europe/Amsterdam", "Europe/Amsterdam")]
    [InlineData(null, "the installation's zone")]
    public async Task Yesterday_is_that_of_whoever_asked_and_not_of_the_approver(string? asked, string zone)
    {
        await using var shop = new Workshop();
        var look = JsonSerializer.SerializeToElement(
            new
            {
                title = "looked up what ran",
                text = $"Meant is yesterday in {zone}",
                tool = "find_releases",
                arguments = new { when = "yesterday" },
                timeZone = asked,
            }
        );
        var proposal = await shop.Proposals.ProposeAsync(
            Callers.Operator,
            new ProposalRequest(
                "container.restart",
                "rentguy",
                "rentguy-api",
                default,
                "it leaks",
                [look],
                "assistant"
            ),
            default
        );
        await using var services = new ServiceCollection().AddSingleton<IToolSource, Releases>().BuildServiceProvider();
        var again = new EvidenceAgain(
            services.GetRequiredService<IServiceScopeFactory>(),
            new Redaction(null),
            TimeProvider.System
        );
        Assert.Empty(
            await again.DifferencesAsync(Callers.Approver with { TimeZone = "Asia/Tokyo" }, proposal, default)
        );
    }
}
