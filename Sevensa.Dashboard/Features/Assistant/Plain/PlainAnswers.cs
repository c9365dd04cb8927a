using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
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
    TimeProvider time
)
{
    /// <summary>It is a command, which no model is asked for.</summary>
    internal static bool IsCommand(string question) => question.TrimStart().StartsWith('/');

    /// <summary>The wishes of a question as they can be read without a model.</summary>
    internal async Task<IReadOnlyList<Wish>> ReadAsync(Turn turn, CancellationToken cancellation)
    {
        var zone =
            turn.Caller.TimeZone is { } named && TimeZoneInfo.TryFindSystemTimeZoneById(named, out var own)
                ? own
                : house.Zone;
        var names = new FleetNames(await tenants.VisibleAsync(turn.Caller, cancellation), WishWords.Ordinary);
        var earlier = turn.Earlier.Where(message => message.Author == "user").Select(message => message.Text).ToList();
        return new WishReader(names, time.GetUtcNow(), zone).Read(turn.Question, earlier);
    }

    /// <summary>Answers, wish by wish. False, with nothing said, when none of the question is understood.</summary>
    internal async Task<bool> TryAsync(Turn turn, CancellationToken cancellation)
    {
        var wishes = await ReadAsync(turn, cancellation);
        if (wishes.All(wish => wish.Kind == WishKind.Unknown))
        {
            return false;
        }
        var answer = new WishAnswer(
            turn,
            new PlainLook(turn, tools),
            await tenants.VisibleAsync(turn.Caller, cancellation),
            proposals,
            kinds,
            time.GetUtcNow()
        );
        var isFirst = true;
        foreach (var wish in wishes)
        {
            var said = await answer.ToAsync(wish, cancellation);
            turn.Tell(new TextEvent(isFirst ? said : "\n\n" + said));
            isFirst = false;
        }
        return true;
    }
}

/// <summary>Calls tools in a turn that no model leads.</summary>
internal sealed class PlainLook(Turn turn, TurnTools tools)
{
    private int number;

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
