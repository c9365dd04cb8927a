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

/// <summary>How many lines there were.</summary>
/// <param name="Service">Value of the label <c>service</c>; empty where lines have none.</param>
/// <param name="Times">Unix seconds: each counts the lines of the time before it.</param>
public sealed record LogCount(string Service, double[] Times, double[] Counts);

/// <summary>Counts lines for other features.</summary>
public interface ILogCounts
{
    /// <summary>Lines that a query selects, by service, counted over a time before each step.</summary>
    /// <param name="logQl">LogQL that selects lines.</param>
    /// <param name="to">The same as <paramref name="from"/> for one count.</param>
    /// <exception cref="QueryRefusedException">It does not select lines.</exception>
    /// <exception cref="Platform.Http.UpstreamException">Loki did not answer or refused; keeps its words.</exception>
    Task<IReadOnlyList<LogCount>> CountAsync(
        TenantScope scope,
        string logQl,
        TimeSpan window,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    );

    /// <summary>The query as it is sent, with its faults told.</summary>
    /// <exception cref="QueryRefusedException">It does not select lines.</exception>
    string Check(string logQl);
}
