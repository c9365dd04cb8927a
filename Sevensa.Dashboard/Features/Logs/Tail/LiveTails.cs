using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>
/// Live tails, one of Loki's for each scope and query however many watch it: Loki allows ten at a time for a tenant.
/// </summary>
internal sealed class LiveTails(
    LokiClient loki,
    IOptions<LogsOptions> options,
    TimeProvider time,
    ILogger<LiveTails> log
) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Scope, string Query), SharedTail> open = [];
    private bool stopped;

    /// <summary>Lines from now on. What was logged before is read by a range query up to now; lines in both are told by their key.</summary>
    /// <param name="logQl">A query for lines; null for all in the scope.</param>
    /// <exception cref="QueryRefusedException">It cannot be read, or answers numbers.</exception>
    public TailSubscription Subscribe(TenantScope scope, string? logQl)
    {
        var query = logQl is null ? null : Read(logQl);
        var key = (scope.Key, query ?? "");
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopped, this);
            if (!open.TryGetValue(key, out var tail))
            {
                tail = new SharedTail(Parts(scope), query, loki, time, log, Ended);
                open.Add(key, tail);
            }
            return tail.Join();

            void Ended(SharedTail ended)
            {
                lock (gate)
                {
                    if (open.GetValueOrDefault(key) != ended || !ended.IsEmpty)
                    {
                        return;
                    }
                    open.Remove(key);
                }
                _ = ended.DisposeAsync().AsTask();
            }
        }
    }

    /// <summary>How many of Loki's tails are wanted now.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return open.Count;
            }
        }
    }

    // Loki tails one tenant at a time, whatever it does for queries; where the tenant is a label one tail sees them all.
    private IReadOnlyList<TenantScope> Parts(TenantScope scope) =>
        options.Value.Tenancy == LokiTenancy.Label || scope.Tenants.Count == 1
            ? [scope]
            : [.. scope.Tenants.Select(scope.Narrow)];

    private static string Read(string logQl)
    {
        try
        {
            return LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits).ToString();
        }
        catch (LogQlException refused)
        {
            throw new QueryRefusedException(refused.LokiMessage, refused.Line, refused.Column);
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<SharedTail> all;
        lock (gate)
        {
            stopped = true;
            all = [.. open.Values];
            open.Clear();
        }
        foreach (var tail in all)
        {
            await tail.DisposeAsync();
        }
    }
}
