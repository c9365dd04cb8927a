using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>Keeps what came of a proof, with since when each outcome has been, and raises alerts for what leaks.</summary>
internal sealed class ProofResults(
    ProofStore store,
    IOwnAlerts alerts,
    IAuditLog audit,
    IOptions<ProofOptions> options,
    TimeProvider time,
    ILogger<ProofResults> log
)
{
    public const string AlertName = "DatabaseIsolationBroken";

    /// <summary>Characters of a name, statement or answer that are kept.</summary>
    private const int LongestText = 2000;

    public async Task KeepAsync(
        Instance instance,
        ProofRow row,
        IReadOnlyList<Attempt> attempts,
        ProofState state,
        string? note
    )
    {
        var since = await SinceAsync(row);
        var now = time.GetUtcNow();
        (row.State, row.EndedAt, row.Note) = (state, now, note);
        var rows = attempts
            .Select(
                (one, number) =>
                    new AttemptRow
                    {
                        ProofId = row.Id,
                        Number = number,
                        Tenant = one.Tenant,
                        Victim = one.Victim,
                        Kind = one.Kind,
                        Database = Short(one.Database),
                        Object = Short(one.Object),
                        Statement = Short(one.Statement),
                        Outcome = one.Outcome,
                        Words = Short(one.Words),
                        Since = since.GetValueOrDefault(
                            (one.Tenant, one.Kind, Short(one.Database), Short(one.Object), one.Outcome),
                            row.StartedAt
                        ),
                    }
            )
            .ToList();
        var leaks = rows.Where(one => one.Outcome == AttemptOutcome.Leak).ToList();
        if (state == ProofState.Ended)
        {
            // Before the proof counts as ended: whoever waits for that finds the alerts as they are now.
            await TryRaiseAsync(instance, row, leaks);
        }
        await store.EndAsync(row, rows, options.Value.Kept, CancellationToken.None);
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "database.proof.ended",
                Target: instance.Name,
                Outcome: state == ProofState.Failed ? AuditOutcome.Failed : AuditOutcome.Ok,
                Detail: string.Create(
                        CultureInfo.InvariantCulture,
                        $"{rows.Count} attempts, {leaks.Count} of them worked. {note}"
                    )
                    .TrimEnd()
            )
        );
    }

    /// <summary>Alerts that could not be kept cost nobody the proof itself; the next one raises them.</summary>
    private async Task TryRaiseAsync(Instance instance, ProofRow row, List<AttemptRow> leaks)
    {
        try
        {
            await RaiseAsync(instance, row, leaks);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The alerts about isolation on {Instance} could not be kept", instance.Name);
        }
    }

    /// <summary>Since when each attempt has had its outcome, from the last proof that each tenant was in.</summary>
    private async Task<
        Dictionary<(string Tenant, string Kind, string Database, string Object, AttemptOutcome), DateTimeOffset>
    > SinceAsync(ProofRow row)
    {
        var earlier = await store.EndedBeforeAsync(row, options.Value.Kept, CancellationToken.None);
        var last = row
            .TenantList.Select(tenant =>
                (tenant, Proof: earlier.FirstOrDefault(one => one.TenantList.Contains(tenant))?.Id)
            )
            .Where(one => one.Proof is not null)
            .ToDictionary(one => one.tenant, one => one.Proof!);
        var found = new Dictionary<(string, string, string, string, AttemptOutcome), DateTimeOffset>();
        foreach (var one in await store.AttemptsAsync([.. last.Values.Distinct()], CancellationToken.None))
        {
            if (last.GetValueOrDefault(one.Tenant) == one.ProofId)
            {
                found[(one.Tenant, one.Kind, one.Database, one.Object, one.Outcome)] = one.Since;
            }
        }
        return found;
    }

    private async Task RaiseAsync(Instance instance, ProofRow row, List<AttemptRow> leaks)
    {
        // Who can be reached is told as well as who reaches, also when it was not tried itself.
        var tenants = row.TenantList.Union(leaks.Select(leak => leak.Victim).OfType<string>()).ToList();
        var firing = new List<OwnAlert>();
        foreach (var tenant in tenants)
        {
            var (out_, in_) = (leaks.Count(leak => leak.Tenant == tenant), leaks.Count(leak => leak.Victim == tenant));
            if (out_ + in_ > 0)
            {
                firing.Add(
                    new OwnAlert(
                        tenant,
                        "critical",
                        $"{instance.Name} does not keep {tenant} apart: {Ways(out_, "from its login beyond its own")}{(out_ > 0 && in_ > 0 ? ", " : "")}{Ways(in_, "from others to its data")}.",
                        $"The page Database of {tenant} lists each with its statement. Revoke what was granted, and prove again."
                    )
                );
            }
        }
        await alerts.TellAsync(AlertName, "database", instance.Name, tenants, firing, CancellationToken.None);
    }

    private static string Ways(int count, string whither) =>
        count == 0 ? "" : $"{count} {(count == 1 ? "way leads" : "ways lead")} {whither}";

    private static string Short(string text) => StoreText.Shorten(text, LongestText);
}
