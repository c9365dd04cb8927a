using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Writes looks at what is others' into the record, with the address that was asked.</summary>
internal sealed class Strangers(IAuditLog audit, IHttpContextAccessor http, TimeProvider time) : IStrangers
{
    private static readonly TimeSpan OncePer = TimeSpan.FromMinutes(1);
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<(string Subject, string Where, string What), DateTimeOffset> told = new();

    public async ValueTask RecordAsync(Caller caller, string what, CancellationToken cancellation)
    {
        var where = http.HttpContext is { } context ? $"{context.Request.Method} {context.Request.Path}" : "a page";
        var now = time.GetUtcNow();
        var key = (caller.Subject, where, what);
        if (told.TryGetValue(key, out var before) && now - before < OncePer)
        {
            return;
        }
        if (told.Count >= MostRemembered)
        {
            foreach (var old in told.Where(pair => now - pair.Value >= OncePer).ToList())
            {
                told.TryRemove(old.Key, out _);
            }
        }
        told[key] = now;
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "access.refused",
                Target: where,
                Outcome: AuditOutcome.Refused,
                Detail: $"They asked for {what}, which is not theirs, and were told that it does not exist."
            ),
            cancellation
        );
    }
}
