using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Tail;

/// <summary>What a Loki client asks of a tail.</summary>
/// <param name="LogQl">A query for lines.</param>
/// <param name="StartUnixNs">Lines since then come first; null for the last hour.</param>
/// <param name="Limit">How many of those, the newest; null for Loki's hundred.</param>
/// <param name="DelaySeconds">How long Loki holds lines back so that late ones come in order.</param>
/// <param name="IsCategorized">Each line with its metadata and what was parsed of it beside it.</param>
internal sealed record TailRequest(
    string LogQl,
    long? StartUnixNs,
    int? Limit,
    int? DelaySeconds,
    bool IsCategorized = false
);

/// <summary>
/// Loki's tails as Loki clients follow them: frame by frame as Loki wrote them, and one of Loki's for each scope, query and delay
/// however many follow, since Loki allows ten at a time for a tenant. It is opened as the first to come asks; who comes later gets
/// what was before from the store.
/// </summary>
internal sealed class FrameTails(LokiClient loki, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Scope, string Query, int? Delay), Lazy<Task<FrameFeed>>> open = [];

    /// <exception cref="QueryRefusedException">It cannot be read or scoped.</exception>
    /// <exception cref="LokiException">Loki will not tail it, in its words.</exception>
    public async Task<FrameFollower> FollowAsync(TenantScope scope, TailRequest request, CancellationToken cancellation)
    {
        if (request.IsCategorized)
        {
            // One of its own: what a later one would get from the store has no such form here.
            var own = await OpenAsync(scope, request);
            return own.Join(() => { })!;
        }
        var key = (scope.Key, Canonical(request.LogQl), request.DelaySeconds);
        while (true)
        {
            Lazy<Task<FrameFeed>>? feed;
            bool isFirst;
            lock (gate)
            {
                isFirst = !open.TryGetValue(key, out feed);
                if (isFirst)
                {
                    feed = new(() => OpenAsync(scope, request));
                    open.Add(key, feed);
                }
            }
            FrameFollower? follower;
            try
            {
                // Not given up with its asker, who may not be the only one by now. Loki's timeout ends it.
                follower = (await feed!.Value).Join(() => Forget(feed));
            }
            catch
            {
                Forget(feed!);
                throw;
            }
            if (follower is null)
            {
                // It ended between; the next is opened anew.
                Forget(feed);
                continue;
            }
            if (!isFirst)
            {
                try
                {
                    await ReadBeforeAsync(follower, scope, request, cancellation);
                }
                catch
                {
                    follower.Dispose();
                    throw;
                }
            }
            return follower;
        }

        void Forget(Lazy<Task<FrameFeed>> ended)
        {
            lock (gate)
            {
                if (open.GetValueOrDefault(key) == ended)
                {
                    open.Remove(key);
                }
            }
        }
    }

    private async Task<FrameFeed> OpenAsync(TenantScope scope, TailRequest request) =>
        new(
            await loki.TailAsync(
                scope,
                request.LogQl,
                request.StartUnixNs,
                request.Limit,
                request.DelaySeconds,
                request.IsCategorized,
                CancellationToken.None
            )
        );

    private async Task ReadBeforeAsync(
        FrameFollower follower,
        TenantScope scope,
        TailRequest request,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        // What comes first and how much of it by itself: Loki's own figures.
        var start = request.StartUnixNs ?? now.AddHours(-1).ToUnixNs();
        var end = now.ToUnixNs();
        var limit = request.Limit ?? 100;
        if (start < end && limit > 0)
        {
            var before = await loki.QueryRangeAsync(
                scope,
                new LokiRangeQuery(request.LogQl, start, end, limit),
                cancellation
            );
            follower.Begin(before.Streams);
        }
    }

    // One that can't be read is refused when it is opened, with the place where it can't.
    private static string Canonical(string logQl)
    {
        try
        {
            return LogQlParser.ParseLogQuery(logQl, LogQlScoper.Limits).ToString();
        }
        catch (LogQlException)
        {
            return logQl;
        }
    }
}
