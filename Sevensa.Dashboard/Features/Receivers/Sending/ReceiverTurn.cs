using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Receivers.Events;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>
/// One turn for one receiver: what waits and is due, then what is new. What it does not take waits and is tried again; once several
/// running were not taken it is left in peace for a while, and what happens meanwhile stays in the record until it takes something.
/// </summary>
internal sealed class ReceiverTurn(
    ReceiverStore receivers,
    EventSource events,
    EventSender sender,
    ReceiverNews news,
    IAuditLog audit,
    IOptions<ReceiversOptions> options,
    TimeProvider time
)
{
    /// <summary>Failures running after which it counts as failing.</summary>
    public const int FailuresToFail = 3;

    private const int MostDue = 64;

    /// <summary>Longer than any turn takes.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    /// <summary>Between the tries of one event; after the last it is given up.</summary>
    private static readonly TimeSpan[] pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(6),
    ];

    /// <summary>Between looks at a receiver that fails: as long as it has failed, within these.</summary>
    private static readonly TimeSpan soonest = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan latest = TimeSpan.FromMinutes(15);

    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);

    /// <returns>When there is something to do again; null when nothing is known to be.</returns>
    public async Task<TimeSpan?> TakeAsync(string id, string by, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (await receivers.FindAsync(id, cancellation) is not { } receiver || receiver.State == ReceiverState.Paused)
        {
            return null;
        }
        if (receiver.NextTryAt is { } wait && wait > now)
        {
            return wait - now;
        }
        if (!await receivers.TakeAsync(id, by, now, now + Lease, cancellation))
        {
            return null;
        }
        var failing = receiver.State == ReceiverState.Failing;
        var due = await receivers.DueAsync(
            id,
            failing ? DateTimeOffset.MaxValue : now,
            failing ? 1 : MostDue,
            cancellation
        );
        if (due.Count > 0)
        {
            await AgainAsync(receiver, due, cancellation);
            return TimeSpan.Zero;
        }
        var place = new EventPlace(receiver.RecordAt, receiver.AlertsAt);
        var (found, until) = await events.AfterAsync(
            place,
            (kind, tenant) =>
                EventKinds.Fits(receiver.Kinds, kind)
                && (receiver.Tenants.Count == 0 || tenant is not null && receiver.Tenants.Contains(tenant)),
            cancellation
        );
        var known = await receivers.KnownAsync(
            id,
            [.. found.Where(told => told.Kind.StartsWith("alert.", StringComparison.Ordinal)).Select(told => told.Id)],
            cancellation
        );
        var fresh = found.Where(told => !known.Contains(told.Id)).ToList();
        if (fresh.Count > 0)
        {
            await NewAsync(receiver, fresh, until, cancellation);
        }
        else if (until.Record != place.Record)
        {
            await receivers.WriteAsync(id, [], until, _ => { }, cancellation);
        }
        if (until.Record - place.Record >= EventSource.AtOnce)
        {
            return TimeSpan.Zero;
        }
        return await receivers.NextDueAsync(id, cancellation) is { } next
            ? next > time.GetUtcNow()
                ? next - time.GetUtcNow()
                : TimeSpan.Zero
            : null;
    }

    private async Task AgainAsync(ReceiverRow receiver, IReadOnlyList<DeliveryRow> due, CancellationToken cancellation)
    {
        // Read before anything is sent, so that what can't be read leaves nothing unwritten that was.
        var told = new Dictionary<string, OutwardEvent?>(StringComparer.Ordinal);
        foreach (var row in due)
        {
            told[row.EventId] = await events.FindAsync(row.EventId, cancellation);
        }
        var answers = await Stretch.SendAsync(
            receiver,
            due,
            async row =>
                told[row.EventId] is { } one
                    ? await sender.SendAsync(receiver, one, cancellation)
                    : new Sent(null, "What it was about is not kept any more."),
            time,
            cancellation
        );
        // What was not sent stays as it is, and with that before all that is due after it.
        var tried = answers.Where(answer => !answer.Sent.IsUnsent).ToList();
        foreach (var (row, sent) in tried)
        {
            row.Tries++;
            Note(row, sent, time.GetUtcNow());
        }
        await WriteAsync(receiver, [.. tried.Select(answer => answer.Item)], tried, null);
    }

    private async Task NewAsync(
        ReceiverRow receiver,
        IReadOnlyList<OutwardEvent> fresh,
        EventPlace until,
        CancellationToken cancellation
    )
    {
        var answers = await Stretch.SendAsync(
            receiver,
            fresh,
            told => sender.SendAsync(receiver, told, cancellation),
            time,
            cancellation
        );
        var rows = answers
            .Select(answer =>
            {
                var row = new DeliveryRow
                {
                    ReceiverId = receiver.Id,
                    Number = 0,
                    EventId = answer.Item.Id,
                    Type = EventMessage.TypePrefix + answer.Item.Kind,
                    Tenant = answer.Item.Tenant,
                    Subject = answer.Item.Subject,
                    HappenedAt = answer.Item.At,
                    State = DeliveryState.Waiting,
                    Tries = answer.Sent.IsUnsent ? 0 : 1,
                    TriedAt = time.GetUtcNow(),
                };
                Note(row, answer.Sent, time.GetUtcNow());
                return row;
            })
            .ToList();
        await WriteAsync(receiver, rows, answers, until);
    }

    private static void Note(DeliveryRow row, Sent sent, DateTimeOffset now)
    {
        (row.TriedAt, row.Status, row.Answer) = (now, sent.Status, sent.Words);
        row.State =
            sent.IsTaken ? DeliveryState.Delivered
            : row.Tries > pauses.Length ? DeliveryState.Failed
            : DeliveryState.Waiting;
        row.NextTryAt =
            row.State != DeliveryState.Waiting ? null
            // The receiver's own time holds it.
            : sent.IsUnsent ? now
            : now + Longer(pauses[Math.Max(row.Tries, 1) - 1], sent.RetryAfter);
    }

    /// <summary>Whatever ends meanwhile: what is not written is sent again.</summary>
    private async Task WriteAsync<T>(
        ReceiverRow receiver,
        IReadOnlyList<DeliveryRow> rows,
        IReadOnlyList<(T Item, Sent Sent)> answers,
        EventPlace? until
    )
    {
        var now = time.GetUtcNow();
        var tried = answers.Select(answer => answer.Sent).Where(sent => !sent.IsUnsent).ToList();
        var last = tried[^1];
        var taken = tried.Exists(sent => sent.IsTaken);
        var failures = last.IsTaken
            ? 0
            : Enumerable.Reverse(tried).TakeWhile(sent => !sent.IsTaken).Count() + (taken ? 0 : receiver.Failures);
        var since = failures == 0 ? (DateTimeOffset?)null : (taken ? null : receiver.FailingSince) ?? now;
        var pause =
            tried.Exists(sent => sent.IsGone) ? "It answered 410: it is gone for good."
            : since is { } began && now - began >= TimeSpan.FromHours(options.Value.PauseAfterHours)
                ? $"It has taken nothing for {options.Value.PauseAfterHours} h. {last.Trouble}"
            : null;
        var fails = failures >= FailuresToFail;
        var trouble =
            tried.Find(sent => sent is { IsTaken: false, Status: not null })?.Trouble
            ?? tried.Find(sent => !sent.IsTaken)?.Trouble;
        var rest = tried.Max(sent => sent.RetryAfter);
        var isTooMuch = tried.Exists(sent => sent.IsTooMuch);
        if (pause is not null)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    AuditActor.System,
                    "receiver.paused",
                    Target: receiver.Id,
                    Outcome: AuditOutcome.Failed,
                    Detail: $"{receiver.Name}. {pause}"
                ),
                CancellationToken.None
            );
        }
        await receivers.WriteAsync(
            receiver.Id,
            rows,
            until,
            row =>
            {
                (row.Failures, row.FailingSince) = (failures, since);
                row.ToldAt = taken ? now : row.ToldAt;
                if (row.State == ReceiverState.Paused)
                {
                    // Somebody paused it meanwhile.
                    return;
                }
                (row.State, row.Reason) =
                    pause is not null ? (ReceiverState.Paused, pause)
                    : fails ? (ReceiverState.Failing, trouble)
                    : (ReceiverState.Active, isTooMuch ? trouble : null);
                row.PausedBy = null;
                row.NextTryAt =
                    fails ? now + Longer(Look(now - (since ?? now)), rest)
                    : isTooMuch ? now + Longer(TimeSpan.Zero, rest)
                    : null;
            },
            CancellationToken.None
        );
        news.Deliveries(receiver.Id).Raise();
        var wasTooMuch = receiver is { State: ReceiverState.Active, Reason: not null };
        if (pause is not null || isTooMuch != wasTooMuch || fails != (receiver.State == ReceiverState.Failing))
        {
            news.Raise();
        }
    }

    private static TimeSpan Look(TimeSpan failing) =>
        failing < soonest ? soonest
        : failing > latest ? latest
        : failing;

    private static TimeSpan Longer(TimeSpan pause, TimeSpan? asked) =>
        asked is { } wait && wait > pause ? (wait < LongestWait ? wait : LongestWait) : pause;
}
