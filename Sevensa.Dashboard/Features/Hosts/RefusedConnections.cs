using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Writes refused connections into the record; the same one from the same address once in a while, so that nobody can flood it.</summary>
internal sealed class RefusedConnections(IAuditLog audit, TimeProvider time, ILogger<RefusedConnections> log)
{
    private static readonly TimeSpan OncePer = TimeSpan.FromMinutes(5);
    private const int MostRemembered = 1000;

    private readonly ConcurrentDictionary<(string, string), long> told = new();

    public async Task TellAsync(string remote, string reason, string? hostId, string? hostName)
    {
        // Not by the clock on the wall: set back, it would keep connections out of the record for as long as that.
        var now = time.GetTimestamp();
        log.Refused(remote, reason);
        if (told.TryGetValue((remote, reason), out var before) && time.GetElapsedTime(before, now) < OncePer)
        {
            return;
        }
        if (told.Count >= MostRemembered)
        {
            foreach (var old in told.Where(pair => time.GetElapsedTime(pair.Value, now) >= OncePer).ToList())
            {
                told.TryRemove(old.Key, out _);
            }
            if (told.Count >= MostRemembered)
            {
                return;
            }
        }
        told[(remote, reason)] = now;
        try
        {
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("runner", hostId ?? "unknown", hostName ?? "Unknown runner"),
                    "runner.refused",
                    Target: hostName ?? hostId,
                    Outcome: AuditOutcome.Refused,
                    Detail: $"From {remote}: {reason}"
                )
            );
        }
        catch (AuditUnavailableException exception)
        {
            log.AuditFailed(exception, "runner.refused");
        }
    }
}
