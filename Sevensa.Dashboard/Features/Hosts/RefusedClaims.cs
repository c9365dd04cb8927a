using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>
/// Writes what a host told of and is not taken from it into log and record: each claim once as long as it is made, and of a host
/// that makes ever new ones so many in a while, so that it can't fill the record.
/// </summary>
internal sealed class RefusedClaims(Fleet fleet, IAuditLog audit, TimeProvider time, ILogger<RefusedClaims> log)
{
    private const int MostInAWhile = 20;
    private static readonly TimeSpan While = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, HashSet<string>> told = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Count, long Since)> written = new();

    public async Task TellAsync(string hostId)
    {
        if (fleet.FindHost(hostId) is not { } host || (host.RefusedClaims.Count == 0 && !told.ContainsKey(hostId)))
        {
            return;
        }
        var now = host.RefusedClaims.Select(claim => claim.ContainerId).ToHashSet(StringComparer.Ordinal);
        var before = told.GetValueOrDefault(hostId) ?? [];
        var fresh = host.RefusedClaims.Where(claim => !before.Contains(claim.ContainerId)).ToList();
        var taken = fresh.TakeWhile(_ => MayWrite(hostId)).ToList();
        // What is too many for now is written later, if it is still claimed then.
        told[hostId] = [.. now.Except(fresh.Skip(taken.Count).Select(claim => claim.ContainerId))];
        foreach (var claim in taken)
        {
            log.ClaimRefused(host.Name, claim.Container, claim.Why);
            try
            {
                await audit.AppendAsync(
                    new AuditEntry(
                        new AuditActor("runner", host.Id, host.Name),
                        "runner.claimRefused",
                        claim.Tenant,
                        host.Name,
                        AuditOutcome.Refused,
                        $"It told of container {claim.Container} ({claim.ContainerId}). {claim.Why} Nothing was changed by it."
                    )
                );
            }
            catch (AuditUnavailableException exception)
            {
                log.AuditFailed(exception, "runner.claimRefused");
            }
        }
    }

    private bool MayWrite(string hostId)
    {
        var now = time.GetTimestamp();
        return written
                .AddOrUpdate(
                    hostId,
                    (1, now),
                    (_, so) => time.GetElapsedTime(so.Since, now) < While ? (so.Count + 1, so.Since) : (1, now)
                )
                .Count <= MostInAWhile;
    }
}
