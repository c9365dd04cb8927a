using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What code adds to a model's answer: what nothing supports, what was left out, what was not done.</summary>
internal static class AnswerNotes
{
    /// <param name="wishes">What the question asks for, as it is read without a model.</param>
    /// <param name="now">When the answer was given.</param>
    public static void Tell(Turn turn, IReadOnlyList<Wish> wishes, DateTimeOffset now)
    {
        var changes = wishes.Where(wish => wish.Changes).ToList();
        TellOfHoldingBack(turn, changes);
        if (turn.HasFailed || turn.CutOff is not null)
        {
            return;
        }
        foreach (var why in wishes.Where(wish => wish is { Kind: WishKind.Why, Tenant: not null }))
        {
            StoryLink.Cite(turn, why.Tenant!, why.Service);
        }
        var seen = turn.Results.Append(turn.Question).Concat(turn.Looks.Select(look => look.Arguments.GetRawText()));
        if (SaidFigures.Unsupported(turn.Text, seen, now) is { Count: > 0 } figures)
        {
            turn.Tell(
                new NoticeEvent(
                    $"Nothing that was looked at for this answer contains: {string.Join(", ", figures)}. Take {(figures.Count == 1 ? "it" : "them")} as unsupported."
                )
            );
        }
        if (ClaimsWhatWasNotDone(turn, changes.Count > 0))
        {
            turn.Tell(
                new NoticeEvent(
                    "Nothing was done, whatever the answer says: what changes something is only proposed, and runs once a person has approved it."
                )
            );
        }
        if (turn.Caller.MayPropose && !turn.HoldsBack(Risk.Low))
        {
            var left = changes.Where(wish => !turn.Proposals.Any(proposal => IsFor(proposal, wish))).ToList();
            // Of one wish a question back is an answer; of several it may be about any of them.
            if (left.Count > 0 && (changes.Count > 1 || !turn.Text.Contains('?', StringComparison.Ordinal)))
            {
                turn.Tell(
                    new NoticeEvent(
                        $"Left out, nothing was proposed for it: {string.Join("; ", left.Select(wish => $"\"{wish.Said}\""))}."
                    )
                );
            }
        }
    }

    /// <summary>
    /// A model never does anything, whatever it says of itself. That something was done by somebody is let stand where a result
    /// of this answer tells of such an action, or nothing was asked for that would be one.
    /// </summary>
    private static bool ClaimsWhatWasNotDone(Turn turn, bool wasAskedFor) =>
        SaidDeeds.OfItself(turn.Text)
        || (
            SaidDeeds.OfAnybody(turn.Text)
            && (wasAskedFor || turn.HasProposed || turn.Looks.Count == 0)
            && !SaidDeeds.AreToldBy(turn.Text, turn.Results)
        );

    /// <summary>A change was asked for, by the person or the model, that this model may not propose: what it may, and how it is asked for without one.</summary>
    private static void TellOfHoldingBack(Turn turn, IReadOnlyList<Wish> changes)
    {
        var mayNothing = turn.HoldsBack(Risk.Low);
        if (!turn.Caller.MayPropose || !(turn.WasHeldBack || (mayNothing && changes.Count > 0)))
        {
            return;
        }
        var commands = changes.Select(SlashCommand.For).OfType<string>().ToList();
        turn.Tell(
            new NoticeEvent(
                $"{(turn.HasProposed ? "Not everything was proposed" : "Nothing was proposed")}: {turn.Standing!.Why} "
                    + (
                        commands.Count > 0
                            ? $"Without a model it is proposed by {string.Join(" and ", commands.Select(one => $"`{one}`"))}."
                            : "Commands such as `/restart rentguy-api` propose without a model; /help lists them."
                    )
                    + (mayNothing ? " An administrator examines models under Models." : "")
            )
        );
    }

    private static bool IsFor(Proposal proposal, Wish wish) =>
        proposal.Kind.EndsWith("." + wish.Kind.ToString().ToLowerInvariant(), StringComparison.OrdinalIgnoreCase)
        && (wish.Tenant is null || proposal.Tenant == wish.Tenant)
        && (
            wish.Service is null
            || wish.Kind == WishKind.Rotate
            || proposal.Title.Contains(wish.Service, StringComparison.OrdinalIgnoreCase)
        );
}
