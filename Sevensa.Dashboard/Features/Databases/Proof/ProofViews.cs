using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>How far a proof is.</summary>
[JsonConverter(typeof(CamelCaseEnum<ProofState>))]
internal enum ProofState
{
    Running,

    /// <summary>All of its tenants were tried.</summary>
    Ended,
    Cancelled,

    /// <summary>It broke off for a reason of the dashboard's own.</summary>
    Failed,
}

/// <summary>A run of the isolation prover as its reader may see it.</summary>
/// <param name="Tenants">Those that were tried and that the reader sees.</param>
/// <param name="Done">Logins that are through, of <paramref name="Total"/>; both count everybody's.</param>
/// <param name="Attempts">Those with or against the reader's tenants. Of a proof that a newer one followed, what held is no longer among them.</param>
/// <param name="Note">Why it failed.</param>
internal sealed record IsolationProof(
    string Id,
    string Instance,
    ProofState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string RequestedBy,
    IReadOnlyList<string> Tenants,
    int Done,
    int Total,
    int Held,
    int Leaks,
    int NotTried,
    IReadOnlyList<IsolationAttempt> Attempts,
    string? Note
);

/// <summary>One thing that was tried and must fail.</summary>
/// <param name="Tenant">Whose credentials; null when that is a tenant that the reader does not see.</param>
/// <param name="Victim">Whose data it would reach; null likewise, or when nobody's in particular.</param>
/// <param name="What">What was tried, in words.</param>
/// <param name="Object">Null when it would name what the reader may not see.</param>
/// <param name="Since">Since when it has had this outcome.</param>
internal sealed record IsolationAttempt(
    string? Tenant,
    string? Victim,
    string Kind,
    string What,
    string Database,
    string? Object,
    string? Statement,
    AttemptOutcome Outcome,
    string Words,
    DateTimeOffset Since
);

/// <summary>Makes of what is kept what may be shown.</summary>
internal static class ProofView
{
    /// <summary>Null for what is neither with nor against a tenant that the eyes see.</summary>
    public static IsolationAttempt? Of(AttemptRow row, Eyes eyes)
    {
        var (with, against) = (eyes.See(row.Tenant), row.Victim is not null && eyes.See(row.Victim));
        if (!with && !against)
        {
            return null;
        }
        var hidden = row.Victim is not null && !against;
        return new IsolationAttempt(
            with ? row.Tenant : null,
            against ? row.Victim : null,
            row.Kind,
            AttemptKinds.Title(row.Kind),
            hidden && row.Kind == AttemptKinds.OtherDatabases ? "" : row.Database,
            hidden || row.Object.Length == 0 ? null : row.Object,
            hidden || row.Statement.Length == 0 ? null : row.Statement,
            row.Outcome,
            !hidden ? row.Words
                : row.Outcome == AttemptOutcome.Leak
                    ? "It worked against another tenant. Whoever sees every tenant sees which."
                : row.Outcome == AttemptOutcome.Held ? "Another tenant's was refused."
                : "It could not be tried against another tenant's.",
            row.Since
        );
    }

    public static IsolationProof Of(
        ProofRow proof,
        IEnumerable<AttemptRow> attempts,
        (int Done, int Total)? progress,
        Eyes eyes
    )
    {
        var seen = attempts.Select(row => Of(row, eyes)).OfType<IsolationAttempt>().ToList();
        var tenants = proof.TenantList;
        return new IsolationProof(
            proof.Id,
            proof.Instance,
            proof.State,
            proof.StartedAt,
            proof.EndedAt,
            proof.ByName,
            [.. tenants.Where(eyes.See)],
            progress?.Done ?? (proof.State == ProofState.Ended ? tenants.Count : 0),
            progress?.Total ?? tenants.Count,
            seen.Count(one => one.Outcome == AttemptOutcome.Held),
            seen.Count(one => one.Outcome == AttemptOutcome.Leak),
            seen.Count(one => one.Outcome == AttemptOutcome.NotTried),
            [
                .. seen.OrderBy(one =>
                        one.Outcome switch
                        {
                            AttemptOutcome.Leak => 0,
                            AttemptOutcome.NotTried => 1,
                            _ => 2,
                        }
                    )
                    .ThenBy(one => one.Tenant, StringComparer.Ordinal)
                    .ThenBy(one => one.Kind, StringComparer.Ordinal)
                    .ThenBy(one => one.Object, StringComparer.Ordinal),
            ],
            proof.Note
        );
    }
}
