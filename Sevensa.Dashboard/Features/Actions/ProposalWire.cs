using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>A kind in the catalogue.</summary>
/// <param name="Parameters">JSON Schema of the parameters.</param>
/// <param name="Proposers">Roles that may ask for it.</param>
/// <param name="Approvers">Roles and people whose approval counts, where no rule of a tenant says otherwise; at high risk not who asked.</param>
internal sealed record CatalogueEntry(
    string Kind,
    string Description,
    Risk Risk,
    JsonElement Parameters,
    string Undo,
    int ApprovalsNeeded,
    IReadOnlyList<string> Proposers,
    IReadOnlyList<string> Approvers
);

/// <param name="Target">A name, or an object with one of <c>id</c>, <c>container</c>, <c>service</c>, <c>name</c>, <c>path</c>.</param>
/// <param name="Evidence">Objects with at least a <c>title</c>; plain strings are taken as titles.</param>
internal sealed record ProposeBody(
    string? Kind,
    string? Tenant,
    JsonElement? Target,
    JsonElement? Parameters,
    string? Reason,
    IReadOnlyList<JsonElement>? Evidence
)
{
    private const int LongestName = 500;
    private const int MostEvidence = 50;
    private const int LongestEvidence = 64 * 1024;

    public ProposalRequest ToRequest() =>
        new(
            Named(Kind, "kind"),
            Named(Tenant, "tenant"),
            TargetText(),
            Parameters ?? default,
            Named(Reason, "reason", ProposalRequest.LongestWords),
            [.. CheckedEvidence()],
            "api"
        );

    private string TargetText()
    {
        switch (Target)
        {
            case { ValueKind: JsonValueKind.String } text:
                return Named(text.GetString(), "target");
            case { ValueKind: JsonValueKind.Object } target:
                var parts = target.EnumerateObject().ToList();
                if (
                    parts.FirstOrDefault(part =>
                        part.Name is not ("id" or "container" or "service" or "name" or "path")
                    ) is
                    { Value.ValueKind: not JsonValueKind.Undefined } stranger
                )
                {
                    throw new BadHttpRequestException(
                        $"target has no \"{stranger.Name}\": give one of id, container, service, name, path."
                    );
                }
                // The closest word wins when several are given.
                foreach (var name in (string[])["id", "container", "service", "name", "path"])
                {
                    if (target.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
                    {
                        var text = Named(
                            value.ValueKind == JsonValueKind.String ? value.GetString() : null,
                            $"target.{name}"
                        );
                        return name switch
                        {
                            "id" or "container" => $"container:{text}",
                            "service" => $"service:{text}",
                            _ => text,
                        };
                    }
                }
                break;
        }
        throw new BadHttpRequestException(
            "target is missing: a container's id or name, a service's name, or a path; as text or as an object with one of id, container, service, name, path."
        );
    }

    private IEnumerable<JsonElement> CheckedEvidence()
    {
        var evidence = Evidence ?? [];
        if (evidence.Count > MostEvidence || evidence.Sum(item => item.GetRawText().Length) > LongestEvidence)
        {
            throw new BadHttpRequestException(
                $"evidence is too much: at most {MostEvidence} items and {LongestEvidence / 1024} KiB. Link to it instead.",
                413
            );
        }
        foreach (var item in evidence)
        {
            yield return item.ValueKind switch
            {
                JsonValueKind.String => JsonSerializer.SerializeToElement(
                    new JsonObject { ["title"] = item.GetString() }
                ),
                JsonValueKind.Object
                    when item.TryGetProperty("title", out var title) && title.ValueKind == JsonValueKind.String => item,
                _ => throw new BadHttpRequestException("Each item of evidence is an object with a title, or a text."),
            };
        }
    }

    private static string Named(string? text, string name, int most = LongestName) =>
        string.IsNullOrWhiteSpace(text)
            ? throw new BadHttpRequestException($"{name} is missing.")
            : TextLimits.Check(text.Trim(), name, most);
}

/// <param name="Confirm">The target's name, where a step-up is required.</param>
/// <param name="StepUp">The proof from <c>…/step-up</c>, where one is required.</param>
internal sealed record ApproveBody(string? PlanHash, string? Comment, string? Confirm = null, string? StepUp = null);

/// <param name="Password">Of the person that the token acts for.</param>
/// <param name="Passkey">What <c>/api/v1/step-ups/passkey/answer</c> gave, in place of either.</param>
internal sealed record StepUpBody(string? Password, string? Code = null, string? Passkey = null);

internal sealed record RejectBody(string? Reason);

internal sealed record StopBody(string? Reason);

/// <summary>Whether dispatching is stopped, and by whom.</summary>
internal sealed record DispatchState(bool Stopped, string? By, DateTimeOffset? Since, string? Reason)
{
    public static DispatchState Of(EmergencyStopState? stop) =>
        new(stop is not null, stop?.ByName, stop?.At, stop?.Reason);
}

/// <summary>A proposal on the wire.</summary>
/// <param name="AskedBefore">In the answer to asking: the same was asked for before, by whomever, and is open; this is that one, and the status is 200.</param>
/// <param name="Plan">Exactly what <c>planHash</c> is over: its canonical form (RFC 8785) hashed with SHA-256 gives that value.</param>
internal sealed record ProposalView(
    string Id,
    string Kind,
    string Title,
    string Tenant,
    string Target,
    ProposalState State,
    Risk Risk,
    JsonElement Plan,
    string PlanHash,
    PlanEstimate Estimate,
    string Reason,
    IReadOnlyList<JsonElement> Evidence,
    Requester RequestedBy,
    IReadOnlyList<DecisionView> Approvals,
    int ApprovalsNeeded,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? DispatchedAt,
    DateTimeOffset? EndedAt,
    string? Waiting,
    ActionOutcome? Outcome,
    ProposalLinks Links,
    bool AskedBefore
)
{
    /// <param name="address">Of this program, without a slash at the end.</param>
    public static ProposalView Of(Proposal proposal, string address) =>
        new(
            proposal.Id,
            proposal.Kind,
            proposal.Title,
            proposal.Tenant,
            proposal.Target,
            proposal.State,
            proposal.Risk,
            JsonSerializer.SerializeToElement(proposal.Plan, ActionJson.Default.ActionPlan),
            proposal.PlanHash,
            proposal.Estimate,
            proposal.Reason,
            proposal.Evidence,
            proposal.RequestedBy,
            [
                .. proposal.Approvals.Select(decision => new DecisionView(
                    decision.ById,
                    decision.ByName,
                    decision.Verdict,
                    decision.At,
                    decision.Comment
                )),
            ],
            proposal.ApprovalsNeeded,
            proposal.CreatedAt,
            proposal.ExpiresAt,
            proposal.DispatchedAt,
            proposal.EndedAt,
            proposal.Waiting,
            proposal.Outcome,
            ProposalLinks.Of(proposal.Id, address),
            proposal.AskedBefore
        );
}

/// <summary>What a proposal rests on.</summary>
/// <param name="Items">As it was when it was proposed.</param>
/// <param name="Differences">What of it stands otherwise now.</param>
internal sealed record EvidenceView(IReadOnlyList<JsonElement> Items, IReadOnlyList<EvidenceDifference> Differences);

/// <summary>Where to learn what becomes of a proposal; absolute addresses.</summary>
/// <param name="Page">For a person.</param>
/// <param name="Self">This answer, as it is then.</param>
/// <param name="Events">Server-sent events up to the outcome.</param>
internal sealed record ProposalLinks(string Page, string Self, string Events)
{
    public static ProposalLinks Of(string id, string address) =>
        new($"{address}/approvals/{id}", $"{address}/api/v1/proposals/{id}", $"{address}/api/v1/proposals/{id}/events");
}

/// <param name="Verdict"><c>approve</c> or <c>reject</c>.</param>
internal sealed record DecisionView(string ById, string ByName, string Verdict, DateTimeOffset At, string? Comment);
