using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>Asks Loki whether it is ready.</summary>
internal sealed class LokiProbe(LokiClient loki, IOptions<LogsOptions> options) : IUpstreamProbe
{
    public string Name => LokiException.Loki;

    public string? Missing => options.Value.Server is null ? LokiException.NotConfigured().Remedy : null;

    public Task ProbeAsync(CancellationToken cancellation) => loki.ReadyAsync(cancellation);
}
