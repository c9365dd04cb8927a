using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>
/// Uptime Kuma's webhook (preset "application/json"): one heartbeat of one monitor. A tag <c>tenant</c> of the monitor says whose it
/// is, <c>service</c> and <c>severity</c> the rest.
/// </summary>
internal static class KumaMessage
{
    public const string AlertName = "MonitorDown";

    private const int Down = 0;
    private const int Up = 1;
    private const int Pending = 2;
    private const int Maintenance = 3;

    /// <returns>Nothing for what is neither down nor up again: a trial message, a certificate's, one that is only pending.</returns>
    /// <exception cref="UnreadableMessageException">Says where, and what is expected there.</exception>
    public static async Task<IReadOnlyList<ToldAlert>> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var json = await WebhookMessage.ParseAsync(body, cancellation);
        var root = json.RootElement;
        var (heartbeat, monitor) = (Member(root, "heartbeat"), Member(root, "monitor"));
        if (heartbeat is not { } beat || monitor is not { } watched)
        {
            return root.TryGetProperty("msg", out var message) && message.ValueKind == JsonValueKind.String
                ? []
                : throw new UnreadableMessageException(
                    "The message has neither a heartbeat with its monitor nor a \"msg\"."
                );
        }
        if (
            !beat.TryGetProperty("status", out var told)
            || told.ValueKind != JsonValueKind.Number
            || !told.TryGetInt32(out var status)
        )
        {
            throw new UnreadableMessageException("heartbeat.status is no number.");
        }
        if (status is < Down or > Maintenance)
        {
            throw new UnreadableMessageException($"heartbeat.status is {status}; it is 0 to 3.");
        }
        return status == Pending ? [] : [Alert(beat, watched, status is Up or Maintenance)];
    }

    private static ToldAlert Alert(JsonElement beat, JsonElement monitor, bool resolved)
    {
        var name = WebhookMessage.Text(monitor, "name", "monitor") is { Length: > 0 } given
            ? given
            : throw new UnreadableMessageException("monitor.name is missing.");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["alertname"] = AlertName,
            ["monitor"] = name,
            ["severity"] = "critical",
        };
        if (
            (WebhookMessage.Text(monitor, "url", "monitor") ?? WebhookMessage.Text(monitor, "hostname", "monitor"))
                is { Length: > 0 } place
            && place is not ("https://" or "http://")
        )
        {
            labels["instance"] = place;
        }
        foreach (var (tag, value) in Tags(monitor))
        {
            labels[tag] = value;
        }
        // Whatever of it is changed meanwhile, it is the same monitor; whose it is may be corrected too.
        var identity = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["alertname"] = AlertName,
            ["monitor_id"] =
                monitor.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.Number
                    ? id.GetRawText()
                    : name,
        };
        var at = Time(beat);
        return new ToldAlert(
            resolved,
            labels,
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["summary"] = WebhookMessage.Text(beat, "msg", "heartbeat") is { Length: > 0 } words
                    ? $"{name}: {words}"
                    : $"{name} does not answer",
            },
            // A heartbeat's time is not that of the trouble's beginning.
            null,
            resolved ? at : null,
            AlertFacts.Fingerprint(identity)
        );
    }

    /// <summary>Tags with a value, by name.</summary>
    private static IEnumerable<(string Name, string Value)> Tags(JsonElement monitor)
    {
        if (!monitor.TryGetProperty("tags", out var tags) || tags.ValueKind != JsonValueKind.Array)
        {
            yield break;
        }
        foreach (var tag in tags.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.Object))
        {
            var name = WebhookMessage.Text(tag, "name", "monitor.tags")?.ToLowerInvariant();
            if (
                name is "tenant" or "service" or "severity"
                && WebhookMessage.Text(tag, "value", "monitor.tags") is { Length: > 0 } value
            )
            {
                yield return (name, value);
            }
        }
    }

    /// <summary>UTC, written without saying so.</summary>
    private static DateTimeOffset? Time(JsonElement beat) =>
        DateTimeOffset.TryParse(
            WebhookMessage.Text(beat, "time", "heartbeat"),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : null;

    private static JsonElement? Member(JsonElement of, string name) =>
        of.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.Object ? member : null;
}
