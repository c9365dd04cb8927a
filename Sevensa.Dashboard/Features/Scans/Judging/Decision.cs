using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Judging;

/// <summary>What a person decides of a finding.</summary>
/// <param name="Action">In the record.</param>
/// <param name="Deed">As a sentence begins.</param>
/// <param name="Judged">In the words of VEX, where it says that.</param>
internal sealed record Decision(
    FindingState State,
    string Action,
    string Deed,
    string? Reason,
    DateTimeOffset? Until,
    VexStatus? Judged = null,
    string? Justification = null
)
{
    public const string Words = "accept, notAffected, affected, investigate, fixed or reopen";

    /// <param name="word">One of <see cref="Words"/>.</param>
    /// <param name="until">For an acceptance: open again after this.</param>
    /// <param name="justification">For what is not affected: one of <see cref="Justifications"/>.</param>
    /// <exception cref="UndecidableException">422: they do not go together, or something is missing.</exception>
    public static Decision Of(
        string? word,
        string? reason,
        DateTimeOffset? until,
        string? justification,
        DateTimeOffset now
    )
    {
        var why = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        var just = string.IsNullOrWhiteSpace(justification) ? null : justification.Trim();
        var decision = word switch
        {
            "accept" => new Decision(FindingState.Accepted, "finding.accepted", "Accepting a finding", why, until),
            "notAffected" => new Decision(
                FindingState.NotAffected,
                "finding.notAffected",
                "Calling an image not affected",
                why,
                until,
                VexStatus.NotAffected,
                just
            ),
            "affected" => new Decision(
                FindingState.Open,
                "finding.affected",
                "Calling an image affected",
                why,
                until,
                VexStatus.Affected
            ),
            "investigate" => new Decision(
                FindingState.Open,
                "finding.underInvestigation",
                "Taking a finding under investigation",
                why,
                until,
                VexStatus.UnderInvestigation
            ),
            "fixed" => new Decision(
                FindingState.Fixed,
                "finding.fixed",
                "Calling a finding fixed",
                why,
                until,
                VexStatus.Fixed
            ),
            "reopen" => new Decision(FindingState.Open, "finding.reopened", "Reopening a finding", why, until),
            _ => throw new UndecidableException($"The decision is {Words}."),
        };
        decision.Check(just, now);
        return decision;
    }

    /// <summary>What is kept of it, for the record.</summary>
    public static JsonElement Told(FindingState state, string? reason, DateTimeOffset? until, string? justification)
    {
        var told = new JsonObject
        {
            ["state"] = JsonNamingPolicy.CamelCase.ConvertName(state.ToString()),
            ["reason"] = reason,
            ["until"] = until,
        };
        if (justification is not null)
        {
            told["justification"] = justification;
        }
        return JsonSerializer.SerializeToElement(told);
    }

    private void Check(string? justification, DateTimeOffset now)
    {
        if (State == FindingState.NotAffected)
        {
            if (Justification is null || !Justifications.Has(Justification))
            {
                throw new UndecidableException(
                    $"Not affected needs a justification, which is one of {Justifications.Names}."
                );
            }
        }
        else if (justification is not null)
        {
            throw new UndecidableException("Only notAffected has a justification: leave it out.");
        }
        else if (Reason is null)
        {
            throw new UndecidableException($"{Deed} needs a reason, which stays in the record.");
        }
        if (State != FindingState.Accepted && Until is not null)
        {
            throw new UndecidableException("Only an acceptance has an end: leave \"until\" out.");
        }
        if (Until <= now)
        {
            throw new UndecidableException("The time until which it is accepted has passed.");
        }
        TextLimits.Check(Reason, "The reason", 1000);
    }
}
