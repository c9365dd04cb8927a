using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>One row of the record as it rests in the store.</summary>
internal sealed class AuditRow
{
    /// <summary>From one, without gaps.</summary>
    public required long Number { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string ActorKind { get; init; }
    public required string ActorId { get; init; }
    public required string ActorName { get; init; }
    public string? ActorVia { get; init; }
    public required string Action { get; init; }
    public string? Tenant { get; init; }
    public string? Target { get; init; }
    public required AuditOutcome Outcome { get; init; }
    public string? Detail { get; init; }

    /// <summary>Canonical JSON.</summary>
    public string? Before { get; init; }

    /// <summary>Canonical JSON.</summary>
    public string? After { get; init; }

    /// <summary>How far the chain went that the row tells of: its name, number and hash, a blank between; null for other rows.</summary>
    public string? Chained { get; init; }

    /// <summary>Hash of the row before; <see cref="AuditChain.Origin"/> for the first.</summary>
    public required string Previous { get; init; }

    /// <summary>SHA-256 (hex) of the canonical JSON of everything above.</summary>
    public string Hash { get; set; } = "";
}

/// <summary>The newest row's number, sealed under the store key: shows rows cut off the end and a chain computed anew.</summary>
internal sealed class AuditHead
{
    public int Id { get; init; } = 1;
    public long Number { get; set; }
    public byte[] Mac { get; set; } = [];
}

internal static class AuditChain
{
    public const string Origin = "0000000000000000000000000000000000000000000000000000000000000000";
    private const int LongestDetail = 4000;
    private const string SealPurpose = "audit-head";

    public static AuditRow Next(
        AuditEntry entry,
        DateTimeOffset at,
        long lastNumber,
        string lastHash,
        ChainMark? chained = null
    )
    {
        var row = new AuditRow
        {
            Number = lastNumber + 1,
            At = DateTimeOffset.FromUnixTimeMilliseconds(at.ToUnixTimeMilliseconds()),
            ActorKind = Clean(entry.Actor.Kind)!,
            ActorId = Clean(entry.Actor.Id)!,
            ActorName = Clean(entry.Actor.Name)!,
            ActorVia = Clean(entry.Actor.Via),
            Action = Clean(entry.Action)!,
            Tenant = Clean(entry.Tenant),
            Target = Clean(entry.Target),
            Outcome = entry.Outcome,
            Detail = Clean(entry.Detail),
            Before = Json(entry.Before),
            After = Json(entry.After),
            Chained = chained is null
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"{chained.Chain} {chained.Number} {chained.Hash}"),
            Previous = lastHash,
        };
        row.Hash = HashOf(row);
        return row;
    }

    public static string HashOf(AuditRow row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("number", row.Number);
            json.WriteNumber("at", row.At.ToUnixTimeMilliseconds());
            json.WriteString("actorKind", row.ActorKind);
            json.WriteString("actorId", row.ActorId);
            json.WriteString("actorName", row.ActorName);
            json.WriteString("actorVia", row.ActorVia);
            json.WriteString("action", row.Action);
            json.WriteString("tenant", row.Tenant);
            json.WriteString("target", row.Target);
            json.WriteString("outcome", row.Outcome.ToString());
            json.WriteString("detail", row.Detail);
            // As text: a changed byte shows even where two JSON texts mean the same.
            json.WriteString("before", row.Before);
            json.WriteString("after", row.After);
            if (row.Chained is not null)
            {
                json.WriteString("chained", row.Chained);
            }
            json.WriteString("previous", row.Previous);
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return CanonicalJson.Hash(document.RootElement);
    }

    /// <summary>What a row tells of another chain; null when it tells of none.</summary>
    public static ChainMark? MarkOf(AuditRow row) =>
        row.Chained?.Split(' ') is [var chain, var number, var hash]
        && long.TryParse(number, CultureInfo.InvariantCulture, out var at)
            ? new ChainMark(chain, at, hash)
            : null;

    public static byte[] Seal(StoreKey key, AuditRow row) => key.Mac(Sealed(row), SealPurpose);

    /// <summary>Whether a seal is that of this newest row.</summary>
    public static bool IsSealed(StoreKey key, AuditRow row, byte[] seal) => key.IsMac(Sealed(row), SealPurpose, seal);

    private static byte[] Sealed(AuditRow row) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{row.Number}:{row.Hash}"));

    private static string? Json(JsonElement? element) =>
        element is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value
            ? Clean(Encoding.UTF8.GetString(CanonicalJson.Of(value)), int.MaxValue)
            : null;

    /// <summary>What every provider stores as it is: no NUL, no half surrogate, no unbounded text.</summary>
    private static string? Clean(string? text, int longest = LongestDetail)
    {
        if (text is null)
        {
            return null;
        }
        text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace("\0", "", StringComparison.Ordinal);
        if (text.Length <= longest)
        {
            return text;
        }
        var end = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return text[..end] + "…";
    }
}
