using System.Text.Json;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Grafana's webhook: Alertmanager's message with members of its own.</summary>
internal static class GrafanaMessage
{
    private const string TrialGroup = "test-";

    /// <returns>
    /// Nothing for the trial that a press of "Test" at a contact point sends: it fires, and nobody ever tells that it is over.
    /// </returns>
    /// <exception cref="UnreadableMessageException">Says where, and what is expected there.</exception>
    public static async Task<IReadOnlyList<ToldAlert>> ReadAsync(Stream body, CancellationToken cancellation)
    {
        using var json = await WebhookMessage.ParseAsync(body, cancellation);
        var alerts = WebhookMessage.Alerts(json.RootElement);
        return IsTrial(json.RootElement) ? [] : [.. alerts.Where(alert => !IsTrial(alert))];
    }

    private static bool IsTrial(JsonElement message) =>
        message.TryGetProperty("groupKey", out var group)
        && group.ValueKind == JsonValueKind.String
        && group.GetString()!.StartsWith(TrialGroup, StringComparison.Ordinal);

    private static bool IsTrial(ToldAlert alert) =>
        alert.Labels.GetValueOrDefault("alertname") == "TestAlert"
        && alert.Labels.GetValueOrDefault("instance") == "Grafana";
}
