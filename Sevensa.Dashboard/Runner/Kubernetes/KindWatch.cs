using System.Net;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>
/// One sort of thing in one namespace, kept as it is: the list, then what changes. The list is taken anew when its version is too
/// old, when nothing was told for too long (a watch from a version that the server does not have yet is silent and fails with
/// nothing), and when the server has been put back to an earlier state.
/// </summary>
internal sealed class KindWatch(
    KubeApi api,
    WatchedKind kind,
    string? @namespace,
    ClusterState state,
    TimeProvider time,
    Action<KindWatch> told
)
{
    public const int PageSize = 250;

    /// <summary>Bookmarks come each minute, so that what is quiet can be told from what is dead.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(150);

    private const int WatchSeconds = 290;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseWhenForbidden = TimeSpan.FromMinutes(5);

    public WatchedKind Kind => kind;

    public string? Namespace => @namespace;

    /// <summary>It was listed at least once, or it was said that it can't be.</summary>
    public bool HasLooked { get; private set; }

    /// <summary>Why it is not seen as it is now, in words; null when it is.</summary>
    public string? Trouble { get; private set; }

    /// <summary>The role has no right to it, or its API is not served.</summary>
    public bool IsForbidden { get; private set; }

    /// <summary>How often it was listed.</summary>
    public int Lists { get; private set; }

    /// <summary>The server's state went back: it was restored from a copy.</summary>
    public int Restored { get; private set; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var pause = FirstPause;
        var seen = 0UL;
        while (!cancellation.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                var version = await ListAsync(cancellation);
                var number = Number(version);
                Restored += number < seen ? 1 : 0;
                seen = number;
                Say(null, forbidden: false);
                pause = FirstPause;
                seen = Math.Max(seen, Number(await FollowAsync(version, cancellation)));
                continue;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (KubeException exception) when (exception.IsGone || exception.Reason == KubeApi.Silent)
            {
                // What it was is still what is known; only the way on is lost.
                wait = TimeSpan.FromMilliseconds(200);
            }
            catch (KubeException exception)
            {
                var forbidden =
                    exception is { Status: HttpStatusCode.Forbidden, IsNotSignedIn: false }
                    || (exception.Status == HttpStatusCode.NotFound && kind.Optional);
                Say(exception.Message, forbidden);
                if (forbidden)
                {
                    Clear();
                }
                wait = forbidden ? PauseWhenForbidden : exception.RetryAfter ?? pause;
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
            try
            {
                await Task.Delay(wait, time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellation)
    {
        var path = kind.Path(@namespace);
        var left = state.Keys(kind.Kind, @namespace).ToHashSet(StringComparer.Ordinal);
        string? version = null;
        await foreach (var page in api.ListAsync(path, PageSize, cancellation))
        {
            // The first page's: what changed while the others came is told again, which does no harm.
            version ??= page.Text("metadata", "resourceVersion");
            foreach (var one in page.Items("items"))
            {
                left.Remove(state.Put(kind.Kind, one));
            }
        }
        foreach (var key in left)
        {
            state.Remove(key);
        }
        Lists++;
        return version ?? "";
    }

    /// <returns>The last version, when the server ended it in a way that asks for a new list.</returns>
    private async Task<string> FollowAsync(string version, CancellationToken cancellation)
    {
        var pause = FirstPause;
        while (true)
        {
            var began = time.GetTimestamp();
            try
            {
                await foreach (
                    var (type, one) in api.WatchAsync(
                        kind.Path(@namespace),
                        version,
                        WatchSeconds,
                        Silence,
                        () => Say(null, forbidden: false),
                        cancellation
                    )
                )
                {
                    Take(type, one);
                    if (one.Text("metadata", "resourceVersion") is { Length: > 0 } next)
                    {
                        version = next;
                    }
                }
            }
            catch (KubeException broken)
                when (broken is { IsGone: false } && broken.Reason != KubeApi.Silent && IsPassing(broken))
            {
                // From where it was: nothing is lost, as long as the server still has it.
                Say(broken.Message, forbidden: false);
                await Task.Delay(broken.RetryAfter ?? pause, time, cancellation);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
                continue;
            }
            if (time.GetElapsedTime(began) < FirstPause)
            {
                // A server that ends each watch at once is not asked without a pause.
                await Task.Delay(FirstPause, time, cancellation);
            }
            pause = FirstPause;
        }
    }

    private void Take(string type, System.Text.Json.JsonElement one)
    {
        switch (type)
        {
            case "ADDED" or "MODIFIED":
                state.Put(kind.Kind, one);
                break;
            case "DELETED":
                state.Remove(
                    ClusterKeys.Of(kind.Kind, one.Text("metadata", "namespace"), one.Text("metadata", "name"))
                );
                break;
            default:
                // A bookmark is only how far it is.
                break;
        }
    }

    private static bool IsPassing(KubeException exception) =>
        exception.Status is null or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private void Clear()
    {
        foreach (var key in state.Keys(kind.Kind, @namespace))
        {
            state.Remove(key);
        }
    }

    private void Say(string? trouble, bool forbidden)
    {
        if (HasLooked && Trouble == trouble && IsForbidden == forbidden)
        {
            return;
        }
        (HasLooked, Trouble, IsForbidden) = (true, trouble, forbidden);
        told(this);
    }

    private static ulong Number(string version) => ulong.TryParse(version, out var number) ? number : 0;
}
