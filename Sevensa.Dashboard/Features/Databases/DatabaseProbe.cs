using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Looks at one instance now and then, so that its state is known before somebody needs it.</summary>
internal sealed class DatabaseProbe(string name, DatabaseCatalogue databases, InstanceRegistry registry)
    : IUpstreamProbe
{
    public string Name => registry.Find(name).Upstream;

    public string? Missing => null;

    public Task ProbeAsync(CancellationToken cancellation) => databases.LookAsync(registry.Find(name), cancellation);
}
