using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>A session that did too much of something in a short time.</summary>
/// <param name="Ends">So much that the session is over.</param>
internal sealed record Burst(string Session, string PersonId, string Kind, int Count, bool Ends);

/// <summary>
/// Counts by the browser's session what was refused to it, and what it reads that is worth carrying away. Programs are left out: a
/// token has its scopes and limits, and one that is turned away a hundred times is a mistake in a script.
/// </summary>
internal sealed class BehaviourCounts(IOptions<IdentityOptions> options, TimeProvider time)
    : IRefusalListener,
        IBehaviour
{
    private const int MostSessions = 10_000;

    private readonly ConcurrentDictionary<(string Session, string Kind), Queue<DateTimeOffset>> counts = new();
    private readonly Channel<Burst> bursts = Channel.CreateBounded<Burst>(
        new BoundedChannelOptions(1_000) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    public ChannelReader<Burst> Bursts => bursts.Reader;

    public void Refused(AuditEntry entry)
    {
        if (entry is { IsAskedElsewhere: false, Actor: { Session: { } session, Kind: "person" } actor })
        {
            NoteDenial(session, actor.Id);
        }
    }

    public void NoteDenial(Caller caller)
    {
        if (caller is { Session: { } session, Client: null })
        {
            NoteDenial(session, caller.Subject);
        }
    }

    public void NoteRead(Caller caller)
    {
        if (caller is { Session: { } session, Client: null })
        {
            Note(session, caller.Subject, SignalKinds.Reads, options.Value.Signals.Reads, 0);
        }
    }

    /// <summary>Somebody proved that it is them: what was counted before counts no more.</summary>
    public void Forget(string session)
    {
        counts.TryRemove((SessionStore.RootOf(session), SignalKinds.Denials), out _);
        counts.TryRemove((SessionStore.RootOf(session), SignalKinds.Reads), out _);
    }

    private void NoteDenial(string session, string personId)
    {
        var limits = options.Value.Signals;
        Note(session, personId, SignalKinds.Denials, limits.Denials, limits.DenialsEnd);
    }

    private void Note(string session, string personId, string kind, int most, int end)
    {
        if (most == 0 && end == 0)
        {
            return;
        }
        var now = time.GetUtcNow();
        var since = now - TimeSpan.FromMinutes(options.Value.Signals.WithinMinutes);
        if (counts.Count >= MostSessions)
        {
            foreach (var old in counts.Where(one => IsOver(one.Value)).ToList())
            {
                counts.TryRemove(old.Key, out _);
            }
        }
        var times = counts.GetOrAdd((SessionStore.RootOf(session), kind), _ => new Queue<DateTimeOffset>());
        int count;
        lock (times)
        {
            while (times.TryPeek(out var first) && first < since)
            {
                times.Dequeue();
            }
            times.Enqueue(now);
            count = times.Count;
            if (count > Math.Max(most, end))
            {
                times.Dequeue();
            }
        }
        var ends = end > 0 && count >= end;
        // Each of them, since what was told may be lost: that it is known already is looked up.
        if (ends || (most > 0 && count >= most))
        {
            bursts.Writer.TryWrite(new Burst(session, personId, kind, count, ends));
        }

        bool IsOver(Queue<DateTimeOffset> some)
        {
            lock (some)
            {
                return some.Count == 0 || some.Last() < since;
            }
        }
    }
}
