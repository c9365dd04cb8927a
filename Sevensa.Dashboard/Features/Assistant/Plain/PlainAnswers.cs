using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Playbooks;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Answers without a model: reads the question by <see cref="WishReader"/>, looks with the same tools that a model has, and
/// says what they answered. What is to change is proposed as the model would propose it, never done.
/// </summary>
internal sealed class PlainAnswers(
    ITenants tenants,
    TurnTools tools,
    IProposals proposals,
    IEnumerable<IActionKind> kinds,
    IHouseZone house,
    TimeProvider time,
    PlaybookShelf? playbooks = null
)
{
    /// <summary>It is a command, which no model is asked for.</summary>
    internal static bool IsCommand(string question) => question.TrimStart().StartsWith('/');

    /// <summary>The wishes of a question as they can be read without a model.</summary>
    internal async Task<IReadOnlyList<Wish>> ReadAsync(Turn turn, CancellationToken cancellation)
    {
        turn.Visible = await tenants.VisibleAsync(turn.Caller, cancellation);
        if (StandingWish.Of(turn.Question) is { } rule)
        {
            return [new Wish(StandingWish.IsDenied(rule) ? WishKind.Unknown : WishKind.Policy, turn.Question)];
        }
        var earlier = turn.Earlier.Where(message => message.Author == "user").Select(message => message.Text).ToList();
        return Reader(turn, turn.Visible).Read(turn.Question, earlier);
    }

    private WishReader Reader(Turn turn, IReadOnlyList<Tenant> visible)
    {
        var zone =
            turn.Caller.TimeZone is { } named && TimeZoneInfo.TryFindSystemTimeZoneById(named, out var own)
                ? own
                : house.Zone;
        return new WishReader(new FleetNames(visible, WishWords.Ordinary), time.GetUtcNow(), zone);
    }

    /// <summary>Answers, wish by wish. False, with nothing said, when none of the question is understood.</summary>
    internal async Task<bool> TryAsync(Turn turn, CancellationToken cancellation)
    {
        if (StandingWish.Of(turn.Question) is { } rule)
        {
            turn.Visible = await tenants.VisibleAsync(turn.Caller, cancellation);
            turn.Tell(
                new TextEvent(await new StandingWish(turn, new PlainLook(turn, tools)).ToAsync(rule, cancellation))
            );
            return true;
        }
        if (PlaybookCommand.Behind(turn.Question) is { } behind && playbooks is not null)
        {
            turn.Visible = await tenants.VisibleAsync(turn.Caller, cancellation);
            await new PlaybookAnswer(turn, playbooks).TellAsync(behind, StepAsync, cancellation);
            return true;
        }
        var wishes = await ReadAsync(turn, cancellation);
        if (wishes.All(wish => wish.Kind == WishKind.Unknown))
        {
            return false;
        }
        var answer = new WishAnswer(turn, new PlainLook(turn, tools), turn.Visible, proposals, kinds, time.GetUtcNow());
        var isFirst = true;
        foreach (var wish in wishes)
        {
            var said = await answer.ToAsync(wish, cancellation);
            turn.Tell(new TextEvent(isFirst ? said : "\n\n" + said));
            isFirst = false;
        }
        return true;

        // A playbook is of one tenant: its steps know of no other.
        async Task<string> StepAsync(string step, Tenant of)
        {
            var answer = new WishAnswer(turn, new PlainLook(turn, tools), [of], proposals, kinds, time.GetUtcNow());
            var said = new List<string>();
            foreach (var wish in Reader(turn, [of]).Read(step))
            {
                said.Add(await answer.ToAsync(wish.Tenant is null ? wish with { Tenant = of.Id } : wish, cancellation));
            }
            return string.Join("\n\n", said);
        }
    }
}

/// <summary>Calls tools in a turn that no model leads.</summary>
internal sealed class PlainLook(Turn turn, TurnTools tools)
{
    private int number;

    /// <summary>So many pages are gone through; that there are more is said then.</summary>
    private const int MostPages = 10;

    /// <summary>All secrets of a tenant, page by page, as one result; or the error in words.</summary>
    public async Task<Looked> SecretsAsync(string tenant, CancellationToken cancellation)
    {
        var rows = new List<JsonElement>();
        string? after = null;
        var untrusted = false;
        for (var page = 1; ; page++)
        {
            var seen = await AskAsync(
                "list_secrets",
                after is null ? new { tenant } : new { tenant, after },
                cancellation
            );
            if (seen.Data is not { } data)
            {
                return seen;
            }
            rows.AddRange(ResultWords.Rows(data));
            untrusted |= seen.Untrusted;
            after = ResultWords.Text(data, "next");
            if (after is null || page == MostPages)
            {
                return new Looked(
                    JsonSerializer.SerializeToElement(new { secrets = rows, next = after }),
                    null,
                    untrusted
                );
            }
        }
    }

    /// <summary>The result, or the error in words.</summary>
    public Task<Looked> AskAsync(string tool, object arguments, CancellationToken cancellation) =>
        tools.LookAsync(
            turn,
            new Model.ModelCall(
                $"plain_{turn.Citations.Count}_{++number}",
                tool,
                JsonSerializer.SerializeToElement(arguments, Model.ModelJson.Plain)
            ),
            cancellation
        );
}
