namespace Sevensa.Dashboard.Features.Receivers;

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
    public required string Url { get; set; }

    /// <summary>See <see cref="Events.EventKinds"/>; empty for all.</summary>
    public required List<string> Kinds { get; set; }

    /// <summary>Empty for all, and then for what belongs to none as well.</summary>
    public required List<string> Tenants { get; set; }
    public ReceiverState State { get; set; }

    /// <summary>Why it is not told.</summary>
    public string? Reason { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
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

    /// <summary>Why it was not taken, in the receiver's own words where it had some.</summary>
    public string? Answer { get; set; }
}
