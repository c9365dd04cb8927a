using System.Collections.Concurrent;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Paths that Vault asked to be left alone for a while (429 with <c>Retry-After</c>), each for itself.</summary>
internal sealed class VaultPauses(TimeProvider time)
{
    private const int Most = 10_000;

    /// <summary>Asked for longer, it is asked again after this: a clock that is wrong must not close a path for years.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, DateTimeOffset> pauses = new(StringComparer.Ordinal);

    /// <summary>How long it is still to be left alone; null when it may be asked.</summary>
    public TimeSpan? Left(string path)
    {
        if (!pauses.TryGetValue(path, out var until))
        {
            return null;
        }
        var left = until - time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            return left;
        }
        pauses.TryRemove(path, out _);
        return null;
    }

    /// <returns>The pause that the answer asks for; a second when it gives none.</returns>
    public TimeSpan Note(string path, HttpResponseMessage answer)
    {
        var pause = UpstreamTerms.RetryAfter(answer, time) ?? TimeSpan.FromSeconds(1);
        pause = pause > Longest ? Longest : pause;
        if (pauses.Count >= Most)
        {
            foreach (var (old, until) in pauses)
            {
                if (until <= time.GetUtcNow())
                {
                    pauses.TryRemove(old, out _);
                }
            }
        }
        pauses[path] = time.GetUtcNow() + pause;
        return pause;
    }
}
