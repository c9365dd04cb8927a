using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>What code adds to a model's answer: what nothing supports, what was left out, what was not done.</summary>
internal static class AnswerNotes
{
    /// <param name="wishes">What the question asks for, as it is read without a model.</param>
    public static void Tell(Turn turn, IReadOnlyList<Wish> wishes)
    {
        if (turn.HasFailed || turn.CutOff is not null)
        {
            return;
        }
        if (SaidFigures.Unsupported(turn.Text, turn.Results.Append(turn.Question)) is { Count: > 0 } figures)
        {
            turn.Tell(
                new NoticeEvent(
                    $"Nothing that was looked at for this answer contains: {string.Join(", ", figures)}. Take {(figures.Count == 1 ? "it" : "them")} as unsupported."
                )
            );
        }
        if (SaidFigures.ClaimsDone(turn.Text) && (turn.HasProposed || turn.Looks.Count == 0))
        {
            turn.Tell(
                new NoticeEvent(
                    "Nothing was done, whatever the answer says: what changes something is only proposed, and runs once a person has approved it."
                )
            );
        }
        var changes = wishes.Where(wish => wish.Changes).ToList();
        if (changes.Count > 1 && turn.Caller.MayPropose)
        {
            var left = changes.Where(wish => !turn.Proposals.Any(proposal => IsFor(proposal, wish))).ToList();
            if (left.Count > 0)
            {
                turn.Tell(
                    new NoticeEvent(
                        $"Left out, nothing was proposed for it: {string.Join("; ", left.Select(wish => $"\"{wish.Said}\""))}."
                    )
                );
            }
        }
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
