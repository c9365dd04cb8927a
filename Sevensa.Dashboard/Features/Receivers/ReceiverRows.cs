namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>How a receiver is told.</summary>
public enum ReceiverKind
{
    /// <summary>A signed CloudEvent, for a program.</summary>
    Webhook,

    /// <summary>A message to an incoming webhook of Slack, or of what takes the same.</summary>
    Slack,

    /// <summary>A card to a Workflows webhook of Microsoft Teams.</summary>
    Teams,

    /// <summary>A notice in a Matrix room.</summary>
    Matrix,

    /// <summary>A letter.</summary>
    Email,
}

/// <summary>Whether a receiver is told.</summary>
public enum ReceiverState
{
    /// <summary>It is told.</summary>
    Active,

    /// <summary>It did not answer several times running; what waits longest is tried now and then.</summary>
    Failing,

    /// <summary>Nothing is sent until a person says so; nothing that happens meanwhile is lost.</summary>
    Paused,
}

internal enum DeliveryState
{
    /// <summary>It was not taken, and is tried again.</summary>
    Waiting,
    Delivered,

    /// <summary>It was given up.</summary>
    Failed,
}

internal sealed class ReceiverRow
{
    public required string Id { get; init; }
    public required string Name { get; set; }
    public ReceiverKind Kind { get; init; }

    /// <summary>
    /// Where it is, as it may be shown: a webhook's address; of Slack and Teams the host and a mark, since the whole is sealed; a
    /// Matrix room's; <c>mailto:</c> and addresses.
    /// </summary>
    public required string Url { get; set; }

    /// <summary>See <see cref="Events.EventKinds"/>; empty for all.</summary>
    public required List<string> Kinds { get; set; }

    /// <summary>Empty for all, and then for what belongs to none as well.</summary>
    public required List<string> Tenants { get; set; }
    public ReceiverState State { get; set; }

    /// <summary>Why it is not told.</summary>
    public string? Reason { get; set; }

    /// <summary>Who paused it; null when it was paused for failing too long.</summary>
    public string? PausedBy { get; set; }

    /// <summary>Whether somebody wants it to be told nothing, which is a matter of its configuration; that it fails is not.</summary>
    public bool IsPausedByWill => State == ReceiverState.Paused && PausedBy is not null;
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>See <see cref="ReceiverSecrets"/>; nothing for mail.</summary>
    public required byte[] SealedSecret { get; set; }

    /// <summary>The secret before, until who checks signatures knows the new one.</summary>
    public byte[]? SealedFormerSecret { get; set; }
    public DateTimeOffset? FormerUntil { get; set; }

    /// <summary>Up to which row of the record it was told.</summary>
    public required long RecordAt { get; set; }

    /// <summary>Up to when it was told of alerts.</summary>
    public required DateTimeOffset AlertsAt { get; set; }

    /// <summary>Number of its last delivery.</summary>
    public long Deliveries { get; set; }

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; set; }
    public DateTimeOffset? FailingSince { get; set; }
    public DateTimeOffset? NextTryAt { get; set; }
    public DateTimeOffset? ToldAt { get; set; }

    /// <summary>Until when one dashboard alone sends to it.</summary>
    public DateTimeOffset? TakenUntil { get; set; }
    public string? TakenBy { get; set; }

    /// <summary>It is told, as if it had never failed.</summary>
    public void BeginAnew()
    {
        (State, Reason, Failures) = (ReceiverState.Active, null, 0);
        (FailingSince, NextTryAt) = (null, null);
    }
}

/// <summary>What became of one event at one receiver.</summary>
internal sealed class DeliveryRow
{
    public required string ReceiverId { get; init; }
    public required long Number { get; init; }
    public required string EventId { get; init; }
    public required string Type { get; init; }
    public string? Tenant { get; init; }
    public string? Subject { get; init; }
    public required DateTimeOffset HappenedAt { get; init; }
    public required DeliveryState State { get; set; }
    public int Tries { get; set; }
    public DateTimeOffset? NextTryAt { get; set; }
    public required DateTimeOffset TriedAt { get; set; }

    /// <summary>What it was answered with last; null when no answer came.</summary>
    public int? Status { get; set; }

    /// <summary>Why it was not taken, or whom it did not reach, in the receiver's own words where it had some.</summary>
    public string? Answer { get; set; }
}
