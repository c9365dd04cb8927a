using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Contracts;

/// <summary>Kinds of log lines that there were not before a moment.</summary>
public interface INewLogKinds
{
    /// <summary>Of a service's lines from a moment on those whose like was not there in the hours before it, the most frequent first.</summary>
    /// <exception cref="Platform.Http.UpstreamException">Loki did not answer.</exception>
    Task<IReadOnlyList<NewLogKind>> SinceAsync(
        TenantScope scope,
        string tenant,
        string service,
        DateTimeOffset since,
        DateTimeOffset to,
        CancellationToken cancellation
    );
}

/// <param name="Pattern">With &lt;_&gt; where lines differ. Untrusted text, as every line is.</param>
/// <param name="Lines">How many there were.</param>
/// <param name="Link">The page that shows them.</param>
public sealed record NewLogKind(string Pattern, string? Level, double Lines, string? Example, string Link);
