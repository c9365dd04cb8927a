using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>What alerts are made of: whose they are, what identifies them, how they are kept.</summary>
internal static class AlertFacts
{
    private static readonly string[] SummaryNames = ["summary", "message", "title", "description"];

    /// <summary>
    /// Prometheus' fingerprint of a label set (FNV-1a over names and values in order of names), which is how Alertmanager
    /// tells alerts apart. Messages of versions before 0.17 carry none.
    /// </summary>
    public static string Fingerprint(IReadOnlyDictionary<string, string> labels)
    {
        const ulong offset = 14695981039346656037;
        const ulong prime = 1099511628211;
        var hash = offset;
        foreach (var (name, value) in labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            Add(Encoding.UTF8.GetBytes(name));
            Add([0xff]);
            Add(Encoding.UTF8.GetBytes(value));
            Add([0xff]);
        }
        return hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

        void Add(ReadOnlySpan<byte> bytes)
        {
            foreach (var one in bytes)
            {
                hash = (hash ^ one) * prime;
            }
        }
    }

    public static AlertRow Row(
        string tenant,
        string fingerprint,
        IReadOnlyDictionary<string, string> labels,
        IReadOnlyDictionary<string, string> annotations,
        DateTimeOffset startsAt,
        DateTimeOffset? endsAt,
        bool held,
        DateTimeOffset now
    ) =>
        new()
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            Tenant = tenant,
            Fingerprint = fingerprint,
            StartsAt = startsAt,
            EndsAt = endsAt,
            Name = Plain(labels.GetValueOrDefault("alertname", "alert"), 300),
            Service = Plain(labels.GetValueOrDefault("service", ""), 200),
            Severity = Plain(labels.GetValueOrDefault("severity", ""), 40).ToLowerInvariant(),
            Summary = SummaryOf(annotations),
            LabelsJson = JsonSerializer.Serialize(labels, AlertJson.Default.IReadOnlyDictionaryStringString),
            AnnotationsJson = JsonSerializer.Serialize(annotations, AlertJson.Default.IReadOnlyDictionaryStringString),
            Held = held,
            ReceivedAt = now,
            UpdatedAt = now,
        };

    public static Alert ToAlert(this AlertRow row, IReadOnlyList<string>? silencedBy = null) =>
        new(
            row.Id,
            row.Tenant,
            row.Fingerprint,
            row.Name,
            row.Service,
            row.Severity,
            row.Summary,
            row.StartsAt,
            row.EndsAt,
            Words(row.LabelsJson),
            Words(row.AnnotationsJson),
            silencedBy ?? []
        )
        {
            Reopened = row.Reopened,
            MayBeEnded = row is { EndsAt: null, Held: false },
        };

    public static string SummaryOf(IReadOnlyDictionary<string, string> annotations) =>
        SummaryNames.Select(name => annotations.GetValueOrDefault(name, "")).FirstOrDefault(text => text.Length > 0)
            is { } summary
            ? Plain(summary, 1000)
            : "";

    /// <summary>Labels without what only says that it is an alert.</summary>
    public static Dictionary<string, string> LabelsOf(IReadOnlyDictionary<string, string> series) =>
        series
            .Where(label => label.Key is not ("__name__" or "alertstate"))
            .ToDictionary(label => label.Key, label => label.Value, StringComparer.Ordinal);

    public static string? TenantOf(IReadOnlyDictionary<string, string> labels, IReadOnlySet<string> known) =>
        labels.GetValueOrDefault(TenantScope.Label) is { } tenant && known.Contains(tenant) ? tenant : null;

    /// <summary>A text of somebody else's for a column: PostgreSQL keeps no NUL.</summary>
    internal static string Plain(string text, int most)
    {
        var plain = text.Replace('\0', ' ');
        return StoreText.Cut(plain, most);
    }

    private static IReadOnlyDictionary<string, string> Words(string json) =>
        JsonSerializer.Deserialize(json, AlertJson.Default.IReadOnlyDictionaryStringString)
        ?? new Dictionary<string, string>();
}

[System.Text.Json.Serialization.JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class AlertJson : System.Text.Json.Serialization.JsonSerializerContext;
