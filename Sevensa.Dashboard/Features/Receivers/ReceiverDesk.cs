using System.Security.Cryptography;
using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Sending;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>There is no such receiver, or no such delivery of it.</summary>
internal sealed class UnknownReceiverException(string message) : Exception(message);

/// <summary>What was given makes no receiver; the message says why.</summary>
internal sealed class UnfitReceiverException(string message) : Exception(message);

/// <summary>It can't be done as things stand.</summary>
internal sealed class ReceiverConflictException(string message) : Exception(message);

/// <summary>
/// Who is told of events: an administrator's matter, and each change of it a row of the record. A session in doubt pauses and removes,
/// and has nothing told to anybody new.
/// </summary>
internal sealed class ReceiverDesk(
    ReceiverStore receivers,
    EventSource events,
    EventSender sender,
    ReceiverWishes wishes,
    ReceiverSecrets secrets,
    ReceiverNews news,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int LongestName = 100;
    public const int LongestUrl = 2000;

    /// <summary>Each has its own way through all that happens.</summary>
    public const int Most = 50;

    /// <summary>How long the secret before still signs.</summary>
    private static readonly TimeSpan FormerLasts = TimeSpan.FromHours(24);

    public async Task<Page<Receiver>> PageAsync(Caller caller, PageAsked asked, CancellationToken cancellation)
    {
        Require(caller);
        return (await receivers.PageAsync(asked, cancellation)).Select(Receiver.Of);
    }

    public async Task<IReadOnlyList<Receiver>> AllAsync(Caller caller, CancellationToken cancellation)
    {
        Require(caller);
        return [.. (await receivers.AllAsync(cancellation)).Select(Receiver.Of)];
    }

    /// <exception cref="UnknownReceiverException"/>
    public async Task<Receiver> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        return Receiver.Of(await RowAsync(id, cancellation));
    }

    /// <exception cref="UnfitReceiverException"/>
    public async Task<NewReceiver> AddAsync(Caller caller, ReceiverWish wish, CancellationToken cancellation)
    {
        Require(caller);
        await stepUp.RequireClearAsync(caller, "receiver.add", cancellation);
        var made = await wishes.CheckAsync(wish, null, cancellation);
        if (await receivers.CountAsync(cancellation) >= Most)
        {
            throw new UnfitReceiverException($"There are {Most} receivers, and no more are told. Remove one first.");
        }
        // A webhook's alone is ours to make, and to show.
        var signing = made.Kind == ReceiverKind.Webhook ? WebhookSignature.NewSecret() : null;
        var place = await events.NowAsync(cancellation);
        var row = new ReceiverRow
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
            Kind = made.Kind,
            Name = made.Name,
            Url = made.Url,
            Kinds = made.Kinds,
            Tenants = made.Tenants,
            CreatedBy = caller.Name,
            CreatedAt = time.GetUtcNow(),
            SealedSecret = secrets.Seal(signing ?? made.Secret ?? ""),
            RecordAt = place.Record,
            AlertsAt = place.Alerts,
        };
        await TellAsync(caller, "receiver.created", row, null, cancellation);
        await receivers.AddAsync(row, cancellation);
        news.Raise();
        return new NewReceiver(
            row.Id,
            row.Kind,
            row.Name,
            row.Url,
            row.Kinds,
            row.Tenants,
            row.State,
            row.CreatedBy,
            row.CreatedAt,
            signing
        );
    }

    /// <summary>What is left out stays as it is.</summary>
    /// <exception cref="UnknownReceiverException"/>
    /// <exception cref="UnfitReceiverException"/>
    public async Task<Receiver> ChangeAsync(Caller caller, string id, ReceiverWish wish, CancellationToken cancellation)
    {
        Require(caller);
        await stepUp.RequireClearAsync(caller, "receiver.change", cancellation);
        var before = await RowAsync(id, cancellation);
        var after = await wishes.CheckAsync(wish, before, cancellation);
        return await DoAsync(
            caller,
            "receiver.changed",
            before,
            row =>
            {
                (row.Name, row.Url, row.Kinds, row.Tenants) = (after.Name, after.Url, after.Kinds, after.Tenants);
                row.SealedSecret = after.Secret is { } secret ? secrets.Seal(secret) : row.SealedSecret;
            },
            cancellation
        );
    }

    /// <exception cref="UnknownReceiverException"/>
    public async Task RemoveAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        var row = await RowAsync(id, cancellation);
        await TellAsync(caller, "receiver.removed", row, row, cancellation);
        await receivers.RemoveAsync(id, cancellation);
        news.Raise();
    }

    /// <summary>Nothing is sent to it until it is resumed; what happens meanwhile waits.</summary>
    /// <exception cref="UnknownReceiverException"/>
    public async Task<Receiver> PauseAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        return await DoAsync(
            caller,
            "receiver.paused",
            await RowAsync(id, cancellation),
            row =>
                (row.State, row.Reason, row.PausedBy) = (
                    ReceiverState.Paused,
                    $"Paused by {caller.Name}.",
                    caller.Name
                ),
            cancellation
        );
    }

    /// <exception cref="UnknownReceiverException"/>
    public async Task<Receiver> ResumeAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        await stepUp.RequireClearAsync(caller, "receiver.resume", cancellation);
        return await DoAsync(
            caller,
            "receiver.resumed",
            await RowAsync(id, cancellation),
            row => row.BeginAnew(),
            cancellation
        );
    }

    /// <exception cref="UnknownReceiverException"/>
    /// <exception cref="ReceiverConflictException">It is told by a way that signs nothing.</exception>
    public async Task<NewSecret> NewSecretAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        await stepUp.RequireClearAsync(caller, "receiver.secret", cancellation);
        var before = await RowAsync(id, cancellation);
        if (before.Kind != ReceiverKind.Webhook)
        {
            throw new ReceiverConflictException(
                $"Messages to {before.Name} are not signed. Its address or token is changed where it was given, and then here."
            );
        }
        var secret = WebhookSignature.NewSecret();
        var until = time.GetUtcNow() + FormerLasts;
        await DoAsync(
            caller,
            "receiver.secret-changed",
            before,
            row =>
            {
                (row.SealedFormerSecret, row.FormerUntil) = (row.SealedSecret, until);
                row.SealedSecret = secrets.Seal(secret);
            },
            cancellation
        );
        return new NewSecret(secret, until);
    }

    public async Task<Page<Delivery>> DeliveriesAsync(
        Caller caller,
        string id,
        DeliveryState? state,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        ReceiverStore.Check(asked);
        await RowAsync(id, cancellation);
        return (await receivers.DeliveriesAsync(id, state, asked, cancellation)).Select(Delivery.Of);
    }

    /// <summary>Sends an event again that was sent or given up; it has the same id as before.</summary>
    /// <exception cref="UnknownReceiverException"/>
    /// <exception cref="ReceiverConflictException">The receiver is paused, or what it is about is not kept any more.</exception>
    public async Task<Delivery> ReplayAsync(Caller caller, string id, long number, CancellationToken cancellation)
    {
        Require(caller);
        var row = await RowAsync(id, cancellation);
        var delivery =
            await receivers.FindDeliveryAsync(id, number, cancellation)
            ?? throw new UnknownReceiverException($"{row.Name} has no delivery {number}.");
        if (row.State == ReceiverState.Paused)
        {
            throw new ReceiverConflictException($"{row.Name} is paused. Resume it first; what waits is then sent.");
        }
        if (await events.FindAsync(delivery.EventId, cancellation) is null)
        {
            throw new ReceiverConflictException("What this event was about is not kept any more.");
        }
        await TellAsync(caller, "receiver.replayed", row, row, cancellation, $"Delivery {number}, {delivery.Type}.");
        await receivers.AgainAsync(id, number, time.GetUtcNow(), cancellation);
        news.Raise();
        return Delivery.Of((await receivers.FindDeliveryAsync(id, number, cancellation))!);
    }

    /// <summary>Sends an event that tells of nothing, now, and says what became of it. It is not tried again.</summary>
    /// <exception cref="UnknownReceiverException"/>
    public async Task<Delivery> TryAsync(Caller caller, string id, CancellationToken cancellation)
    {
        Require(caller);
        var row = await RowAsync(id, cancellation);
        var now = time.GetUtcNow();
        var told = new OutwardEvent(
            $"test-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}",
            "receiver.test",
            null,
            row.Name,
            now,
            new() { ["text"] = $"{caller.Name} tries whether this receiver is told." }
        );
        var sent = await sender.SendAsync(row, told, cancellation);
        var tried = new DeliveryRow
        {
            ReceiverId = id,
            Number = 0,
            EventId = told.Id,
            Type = EventMessage.TypePrefix + told.Kind,
            Subject = told.Subject,
            HappenedAt = now,
            State = sent.IsTaken ? DeliveryState.Delivered : DeliveryState.Failed,
            Tries = 1,
            TriedAt = time.GetUtcNow(),
            Status = sent.Status,
            Answer = sent.Words,
        };
        var number = 0L;
        await receivers.WriteAsync(
            id,
            [tried],
            null,
            changed =>
            {
                number = changed.Deliveries;
                // It takes something again: what waits need not wait longer.
                if (sent.IsTaken && changed.State == ReceiverState.Failing)
                {
                    changed.BeginAnew();
                }
            },
            cancellation
        );
        news.Raise();
        return Delivery.Of(await receivers.FindDeliveryAsync(id, number, cancellation) ?? tried);
    }

    private async Task<Receiver> DoAsync(
        Caller caller,
        string action,
        ReceiverRow before,
        Action<ReceiverRow> change,
        CancellationToken cancellation
    )
    {
        await TellAsync(caller, action, before, before, cancellation);
        var after = await receivers.ChangeAsync(before.Id, change, cancellation) ?? throw Unknown(before.Id);
        news.Raise();
        return Receiver.Of(after);
    }

    private Task TellAsync(
        Caller caller,
        string action,
        ReceiverRow row,
        ReceiverRow? before,
        CancellationToken cancellation,
        string? detail = null
    ) =>
        audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                action,
                Target: row.Id,
                Detail: detail is null ? row.Name : $"{row.Name}. {detail}",
                Before: before is null ? null : Shown(before),
                After: Shown(row)
            ),
            cancellation
        );

    private static JsonElement Shown(ReceiverRow row) =>
        JsonSerializer.SerializeToElement(
            new
            {
                kind = ReceiverWishes.Word(row.Kind),
                name = row.Name,
                url = ReceiverAddresses.Shown(row.Kind, row.Url),
                kinds = row.Kinds,
                tenants = row.Tenants,
            }
        );

    /// <summary>What a wish would be kept as.</summary>
    /// <param name="before">What it is now; null for a new one.</param>
    /// <exception cref="UnfitReceiverException"/>
    public Task<CheckedWish> CheckAsync(ReceiverWish wish, ReceiverRow? before, CancellationToken cancellation) =>
        wishes.CheckAsync(wish, before, cancellation);

    private async Task<ReceiverRow> RowAsync(string id, CancellationToken cancellation) =>
        await receivers.FindAsync(id, cancellation) ?? throw Unknown(id);

    private static UnknownReceiverException Unknown(string id) =>
        new($"There is no receiver \"{(id.Length > 64 ? id[..64] + "…" : id)}\". The list is at /api/v1/receivers.");

    private static void Require(Caller caller)
    {
        if (!caller.IsAdmin)
        {
            throw new UnauthorizedAccessException("Receivers of events are an administrator's matter.");
        }
    }
}
