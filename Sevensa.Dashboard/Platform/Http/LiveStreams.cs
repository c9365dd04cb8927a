using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Answers that go on until somebody ends them.</summary>
public enum StreamKind
{
    /// <summary>A live tail of logs.</summary>
    Tail,

    /// <summary>Server-sent events.</summary>
    Events,
}

/// <summary>Whose request this is and whether they still may; a feature of each request that shows who sends it.</summary>
/// <param name="Owner">The person, or the program of its own.</param>
/// <param name="Ended">Cancelled when what the request rests on has ended: the token, the account, a role or a tenant.</param>
public sealed record CallerRight(string Owner, CancellationToken Ended)
{
    private volatile ClaimsPrincipal? anew;

    /// <summary>
    /// Who signed in by this very request, whose answer rests on that and no more on what it came with; null for nobody. Setting up a
    /// second factor ends all that somebody's sessions rested on, and keeps the one it was done in.
    /// </summary>
    public ClaimsPrincipal? SignedInAnew
    {
        get => anew;
        set => anew = value;
    }
}

/// <summary>More at once than one person may have; answered as 429.</summary>
public sealed class TooManyStreamsException(StreamKind kind, int most)
    : Exception(
        $"You have {most} {(kind == StreamKind.Tail ? "live tails" : "event streams")} open, which is the most for one person (Platform:{(kind == StreamKind.Tail ? nameof(PlatformOptions.TailsPerPerson) : nameof(PlatformOptions.EventStreamsPerPerson))}). Close one first."
    );

/// <summary>Counts the answers without an end that each person has open, within the limits of <see cref="PlatformOptions"/>.</summary>
public sealed class LiveStreams(IOptions<PlatformOptions> options)
{
    private readonly ConcurrentDictionary<(string Owner, StreamKind Kind), int> open = new();

    /// <summary>Takes a place until it is disposed of.</summary>
    /// <exception cref="TooManyStreamsException">The person has as many as they may.</exception>
    public IDisposable Open(HttpContext context, StreamKind kind)
    {
        if (context.Features.Get<CallerRight>() is not { } right)
        {
            return new Place(null);
        }
        var most = kind == StreamKind.Tail ? options.Value.TailsPerPerson : options.Value.EventStreamsPerPerson;
        var key = (right.Owner, kind);
        if (open.AddOrUpdate(key, 1, (_, count) => count + 1) > most)
        {
            Close(key);
            throw new TooManyStreamsException(kind, most);
        }
        return new Place(() => Close(key));
    }

    private void Close((string Owner, StreamKind Kind) key)
    {
        if (open.AddOrUpdate(key, 0, (_, count) => count - 1) == 0)
        {
            open.TryRemove(KeyValuePair.Create(key, 0));
        }
    }

    private sealed class Place(Action? close) : IDisposable
    {
        private Action? once = close;

        public void Dispose() => Interlocked.Exchange(ref once, null)?.Invoke();
    }
}
