using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Contracts;

/// <summary>One log line.</summary>
/// <param name="TimeUnixNs">Nanoseconds since 1970, as Loki keeps them.</param>
/// <param name="Labels">The stream's labels (service, container, host, level…).</param>
public sealed record LogLine(long TimeUnixNs, string Text, IReadOnlyDictionary<string, string> Labels);

/// <summary>Scoped reads of Loki for other features.</summary>
public interface ILogs
{
    /// <summary>Newest first. Text of log lines is untrusted wherever it goes.</summary>
    /// <param name="logQl">LogQL that selects lines; null for all of the tenant's.</param>
    Task<IReadOnlyList<LogLine>> RecentAsync(
        TenantScope scope,
        string? logQl,
        DateTimeOffset from,
        DateTimeOffset to,
        int most,
        CancellationToken cancellation
    );

    /// <summary>The values that a label has.</summary>
    Task<IReadOnlyList<string>> LabelValuesAsync(
        TenantScope scope,
        string label,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    );

    /// <summary>LogQL for lines of a service that contain a text, both safely quoted.</summary>
    string QueryFor(string? service, string? contains, string? level = null);
}
