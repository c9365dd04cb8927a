using System.Globalization;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Somebody who is told of events.</summary>
/// <param name="Url">Where it is; of Slack and Teams the host and a mark, since the whole is a secret.</param>
/// <param name="Kinds">What of; empty for everything.</param>
/// <param name="Tenants">Whose; empty for all, and for what belongs to none.</param>
/// <param name="State"><c>active</c>, <c>failing</c> or <c>paused</c>.</param>
/// <param name="Reason">Why it is not told, when it is not.</param>
/// <param name="ToldAt">When it last took something.</param>
public sealed record Receiver(
    string Id,
    ReceiverKind Kind,
    string Name,
    string Url,
    IReadOnlyList<string> Kinds,
    IReadOnlyList<string> Tenants,
    ReceiverState State,
    string? Reason,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ToldAt,
    DateTimeOffset? FailingSince,
    DateTimeOffset? NextTryAt
)
{
    /// <summary>Where it is, as a page shows it.</summary>
    public string Place() => ReceiverAddresses.Shown(Kind, Url);

    internal static Receiver Of(ReceiverRow row) =>
        new(
            row.Id,
            row.Kind,
            row.Name,
            row.Url,
            row.Kinds,
            row.Tenants,
            row.State,
            row.Reason,
            row.CreatedBy,
            row.CreatedAt,
            row.ToldAt,
            row.FailingSince,
            row.NextTryAt
        );
}

/// <summary>A receiver with its secret, which is shown once.</summary>
/// <param name="Secret">What a webhook's messages are signed with; <c>whsec_…</c>, as Standard Webhooks writes it.</param>
internal sealed record NewReceiver(
    string Id,
    ReceiverKind Kind,
    string Name,
    string Url,
    IReadOnlyList<string> Kinds,
    IReadOnlyList<string> Tenants,
    ReceiverState State,
    string CreatedBy,
    DateTimeOffset CreatedAt,
    string? Secret
);

/// <summary>A receiver's new secret. Until <paramref name="FormerUntil"/> messages are signed with the one before as well.</summary>
internal sealed record NewSecret(string Secret, DateTimeOffset FormerUntil);

/// <summary>What became of one event at a receiver.</summary>
/// <param name="Number">Counts the receiver's deliveries; by it one is sent again.</param>
/// <param name="Event">What was told.</param>
/// <param name="State"><c>waiting</c>, <c>delivered</c> or <c>failed</c>.</param>
/// <param name="TriedAt">The last time.</param>
/// <param name="Status">The answer's HTTP status; null when none came.</param>
/// <param name="Answer">Why it was not taken, or whom one that was taken did not reach.</param>
internal sealed record Delivery(
    string Id,
    long Number,
    DeliveredEvent Event,
    DeliveryState State,
    int Tries,
    DateTimeOffset TriedAt,
    DateTimeOffset? NextTryAt,
    int? Status,
    string? Answer
)
{
    public static Delivery Of(DeliveryRow row) =>
        new(
            row.Number.ToString(CultureInfo.InvariantCulture),
            row.Number,
            new DeliveredEvent(row.EventId, row.Type, row.Tenant, row.Subject, row.HappenedAt),
            row.State,
            row.Tries,
            row.TriedAt,
            row.State == DeliveryState.Waiting ? row.NextTryAt : null,
            row.Status,
            row.Answer
        );
}

/// <param name="Type">As in the message: <c>sevensa.</c> and the kind.</param>
internal sealed record DeliveredEvent(string Id, string Type, string? Tenant, string? Subject, DateTimeOffset Time);
