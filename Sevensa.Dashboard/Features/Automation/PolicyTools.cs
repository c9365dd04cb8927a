using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>
/// What the assistant and MCP may know of policies: what runs, in which stage, what it did; a sentence read into one, and one tried on the past.
/// Nothing of that changes anything: a policy is written down by a proposal of <c>policy.draft</c>.
/// </summary>
internal sealed class PolicyTools(IServiceScopeFactory services) : IToolSource
{
    private const int Most = 50;
    private const int MostDid = 5;
    private const int MostActs = 10;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists the policies of a tenant, which act by themselves within a budget: stage (draft, shadow, enforced, paused) and why, what each says, how often it acted today, how often people did the same in shadow, and what it did last."
            )]
            async ([Description("Tenant id, e.g. rentguy")] string tenant, CancellationToken cancellation) =>
            {
                await using var lifetime = services.CreateAsyncScope();
                var desk = lifetime.ServiceProvider.GetRequiredService<PolicyDesk>();
                var page = await desk.PageAsync(caller, tenant, null, new PageAsked(null, Most), cancellation);
                var seen = new List<PolicySeen>();
                foreach (var policy in page.Items)
                {
                    var did = await desk.EvaluationsAsync(
                        caller,
                        policy.Id!,
                        null,
                        new PageAsked(null, MostDid),
                        cancellation
                    );
                    seen.Add(
                        new PolicySeen(
                            policy.Id!,
                            policy.Name,
                            Word(policy.Stage),
                            policy.State?.StageWhy,
                            policy.Sentence,
                            policy.Budget.UsedToday,
                            policy.Budget.PerDay,
                            policy.State?.SameAsPeople ?? 0,
                            policy.Agreements,
                            policy.State?.Acted ?? 0,
                            policy.State?.Helped ?? 0,
                            policy.State?.Tried is { } tried
                                ? string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"on {tried.Days} days it would have acted {tried.Acted} times; people did the same {tried.SameAsPeople} times"
                                )
                                : null,
                            policy.State?.HeldBy,
                            [
                                .. did.Items.Select(one => new PolicyDidSeen(
                                    one.At,
                                    Word(one.Verdict),
                                    one.Service,
                                    one.Words,
                                    one.Outcome is { } outcome ? Word(outcome) : null
                                )),
                            ],
                            $"/policies/{policy.Id}"
                        )
                    );
                }
                return new PoliciesSeen(seen, "/policies");
            },
            "list_policies"
        );
        yield return ToolFunction.Create(
            [Description(
                "Reads a sentence such as \"restart the RentGuy worker when it is unhealthy for 3 minutes, at most twice a day\" into a policy, as YAML and as a sentence, with what could not be read. Keeps nothing: propose policy.draft with that YAML, with whatever was not read put right in it and taken out of its unread. One that is there is changed by policy.change."
            )]
            async (
                [Description("What is to be done, and when")] string text,
                CancellationToken cancellation,
                [Description("Tenant id, where the sentence names none")] string? tenant = null
            ) =>
            {
                await using var lifetime = services.CreateAsyncScope();
                return await ToldAsync(async () =>
                {
                    var read = await lifetime
                        .ServiceProvider.GetRequiredService<PolicyDrafts>()
                        .ReadAsync(caller, text, tenant, cancellation);
                    var said = lifetime
                        .ServiceProvider.GetRequiredService<PolicyShown>()
                        .Said(read.Tenant, read.Definition, read.Text, read.Unread, read.Notes);
                    return new DraftSeen(
                        said.Tenant,
                        said.Name,
                        said.Sentence,
                        PolicyText.Write(said),
                        said.Unread,
                        said.Notes
                    );
                });
            },
            "draft_policy"
        );
        yield return ToolFunction.Create(
            [Description(
                "Tries a policy on the past: when it would have acted, and what people did then. By its id, or by YAML as draft_policy gives it. Changes nothing."
            )]
            async (
                CancellationToken cancellation,
                [Description("Id of a policy")] string? id = null,
                [Description("In its place: the policy as YAML")] string? yaml = null,
                [Description("Days back"), Range(1, 90)] int days = 30
            ) =>
            {
                await using var lifetime = services.CreateAsyncScope();
                var desk = lifetime.ServiceProvider.GetRequiredService<PolicyDesk>();
                return await ToldAsync(async () =>
                {
                    if (string.IsNullOrWhiteSpace(id) == string.IsNullOrWhiteSpace(yaml))
                    {
                        throw new ArgumentException("Give id, or yaml; one of them.");
                    }
                    if (yaml?.Length > PolicyText.LongestOne)
                    {
                        throw new ArgumentException(
                            $"The YAML of one policy has {PolicyText.LongestOne} characters at most."
                        );
                    }
                    var result = id is { Length: > 0 }
                        ? await desk.BacktestAsync(caller, id, days, cancellation)
                        : await desk.BacktestAsync(
                            caller,
                            await lifetime
                                .ServiceProvider.GetRequiredService<PolicyExchange>()
                                .ReadOneAsync(caller, yaml, cancellation),
                            days,
                            cancellation
                        );
                    return new TriedSeen(
                        result.From,
                        result.To,
                        result.Acted,
                        result.Episodes,
                        result.HeldMinutes,
                        result.SameAsPeople,
                        result.PeopleAlone,
                        [
                            .. result
                                .Acts.Take(MostActs)
                                .Select(act => new TriedActSeen(
                                    act.At,
                                    act.Service,
                                    [.. act.Operators.Select(deed => $"{deed.Title}, by {deed.By}")]
                                )),
                        ],
                        result.Notes,
                        id is { Length: > 0 } ? $"/policies/{id}" : "/policies"
                    );
                });
            },
            "backtest_policy"
        );
    }

    /// <summary>What can't be is said in words, as of any tool.</summary>
    private static async Task<T> ToldAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception)
            when (exception is UnfitPolicyException or UnreadSentenceException or UnknownPolicyException)
        {
            throw new ArgumentException(exception.Message, exception);
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    private sealed record PoliciesSeen(IReadOnlyList<PolicySeen> Policies, string Link);

    private sealed record PolicySeen(
        string Id,
        string Name,
        string Stage,
        string? StageWhy,
        string Says,
        int ActedToday,
        int AtMostADay,
        int Agreements,
        int AgreementsNeeded,
        int ActedIn30Days,
        int Helped,
        string? OnThePast,
        string? HeldBy,
        IReadOnlyList<PolicyDidSeen> Did,
        string Link
    );

    private sealed record PolicyDidSeen(DateTimeOffset At, string What, string Service, string Words, string? Outcome);

    private sealed record DraftSeen(
        string Tenant,
        string Name,
        string Says,
        string Yaml,
        IReadOnlyList<string> Unread,
        IReadOnlyList<string> Notes
    );

    private sealed record TriedSeen(
        DateTimeOffset From,
        DateTimeOffset To,
        int WouldHaveActed,
        int Episodes,
        double HeldMinutes,
        int SameAsPeople,
        int PeopleAlone,
        IReadOnlyList<TriedActSeen> Acts,
        IReadOnlyList<string> Notes,
        string Link
    );

    private sealed record TriedActSeen(DateTimeOffset At, string Service, IReadOnlyList<string> PeopleDid);
}
