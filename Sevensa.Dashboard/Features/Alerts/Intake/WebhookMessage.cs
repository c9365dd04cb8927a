using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>An alert of a webhook's message.</summary>
/// <param name="Fingerprint">Null in messages of old versions.</param>
/// <param name="EndsAt">Null while it fires, and when its end was not told.</param>
internal sealed record ToldAlert(
    bool Resolved,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    DateTimeOffset? StartsAt,
    DateTimeOffset? EndsAt,
    string? Fingerprint
);

/// <summary>Alertmanager's webhook message (version 4), which Grafana sends too. What it holds besides is of no matter here.</summary>
internal static class WebhookMessage
{
    /// <exception cref="UnreadableMessageException">Says where, and what is expected there.</exception>
    public static async Task<IReadOnlyList<ToldAlert>> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var json = await ParseAsync(body, cancellation);
        return Alerts(json.RootElement);
    }

    /// <summary>The alerts of a message.</summary>
    /// <exception cref="UnreadableMessageException">Says where, and what is expected there.</exception>
    public static IReadOnlyList<ToldAlert> Alerts(JsonElement message) =>
        message.TryGetProperty("alerts", out var alerts) && alerts.ValueKind == JsonValueKind.Array
            ? [.. alerts.EnumerateArray().Select((alert, index) => Alert(alert, $"alerts[{index}]"))]
            : throw new UnreadableMessageException("The message has no list \"alerts\".");

    /// <summary>An object, whoever sent it.</summary>
    /// <exception cref="UnreadableMessageException">It is none.</exception>
    public static async Task<JsonDocument> ParseAsync(Stream body, CancellationToken cancellation)
    {
        JsonDocument json;
        try
        {
            json = await JsonDocument.ParseAsync(body, new JsonDocumentOptions { MaxDepth = 32 }, cancellation);
        }
        catch (JsonException exception)
        {
            throw new UnreadableMessageException($"The message is no JSON: {exception.Message}");
        }
        if (json.RootElement.ValueKind == JsonValueKind.Object)
        {
            return json;
        }
        json.Dispose();
        throw new UnreadableMessageException("The message is no object.");
    }

    private static ToldAlert Alert(JsonElement alert, string where)
    {
        if (alert.ValueKind != JsonValueKind.Object)
        {
            throw new UnreadableMessageException($"{where} is no object.");
        }
        var labels = Words(alert, "labels", where);
        if (labels.Count == 0)
        {
            throw new UnreadableMessageException($"{where} has no labels.");
        }
        var resolved = Text(alert, "status", where) switch
        {
            "resolved" => true,
            "firing" or "" or null => false,
            var other => throw new UnreadableMessageException(
                $"{where}.status is \"{other}\"; it is firing or resolved."
            ),
        };
        return new ToldAlert(
            resolved,
            labels,
            Words(alert, "annotations", where),
            Time(alert, "startsAt", where),
            resolved ? Time(alert, "endsAt", where) : null,
            Text(alert, "fingerprint", where) is { Length: > 0 and <= 64 } fingerprint ? fingerprint : null
        );
    }

    private static Dictionary<string, string> Words(JsonElement of, string name, string where)
    {
        if (!of.TryGetProperty(name, out var words) || words.ValueKind == JsonValueKind.Null)
        {
            return [];
        }
        if (words.ValueKind != JsonValueKind.Object)
        {
            throw new UnreadableMessageException($"{where}.{name} is no object.");
        }
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words.EnumerateObject())
        {
            read[word.Name] =
                word.Value.ValueKind == JsonValueKind.String
                    ? word.Value.GetString()!
                    : throw new UnreadableMessageException($"{where}.{name}.{word.Name} is no text.");
        }
        return read;
    }

    /// <summary>A member that is a text, or null.</summary>
    /// <exception cref="UnreadableMessageException">It is something else.</exception>
    public static string? Text(JsonElement of, string name, string where) =>
        !of.TryGetProperty(name, out var text) || text.ValueKind == JsonValueKind.Null ? null
        : text.ValueKind == JsonValueKind.String ? text.GetString()
        : throw new UnreadableMessageException($"{where}.{name} is no text.");

    /// <summary>Null when it is not told, which is what the year one says.</summary>
    private static DateTimeOffset? Time(JsonElement of, string name, string where)
    {
        if (Text(of, name, where) is not { Length: > 0 } text)
        {
            return null;
        }
        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time.Year > 1
                ? time
                : null
            : throw new UnreadableMessageException($"{where}.{name} is no time.");
    }
}

internal sealed class UnreadableMessageException(string message) : Exception(message);
