using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>How texts that people write are read, so that every door reads what the connected Prometheus reads.</summary>
public interface IPromQlReading
{
    /// <summary>To be given to <c>TenantScope.PromQl</c>.</summary>
    PromQlOptions Options { get; }
}
