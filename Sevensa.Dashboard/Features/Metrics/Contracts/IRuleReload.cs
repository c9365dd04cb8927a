namespace Sevensa.Dashboard.Features.Metrics.Contracts;

/// <summary>Has Prometheus read its configuration and rule files anew (<c>POST /-/reload</c>).</summary>
public interface IRuleReload
{
    /// <exception cref="Platform.Http.UpstreamException">It would not; keeps its words.</exception>
    Task ReloadAsync(CancellationToken cancellation);
}
