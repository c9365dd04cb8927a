using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Receivers.Events;

/// <summary>One thing that happened, as receivers are told of it.</summary>
/// <param name="Id">The same however often it is sent, and to whomever.</param>
/// <param name="Kind">Such as <c>proposal.approved</c>.</param>
/// <param name="Tenant">Null when it belongs to none.</param>
/// <param name="Subject">What it is about: a proposal's id, a host.</param>
/// <param name="Data">Without secrets, values of the environment, plans or reasons.</param>
internal sealed record OutwardEvent(
    string Id,
    string Kind,
    string? Tenant,
    string? Subject,
    DateTimeOffset At,
    JsonObject Data
)
{
    /// <summary>What people are told of a plan beside the data; null where it is about none.</summary>
    public ToldPlan? Plan { get; init; }
}

/// <param name="Reason">In the words of who asked for it.</param>
/// <param name="Waits">It waits for an approval now.</param>
internal sealed record ToldPlan(string Reason, bool Waits, int ApprovalsNeeded, DateTimeOffset ExpiresAt);
