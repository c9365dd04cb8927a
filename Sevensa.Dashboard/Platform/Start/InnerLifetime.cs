using Microsoft.Extensions.Hosting;

namespace Sevensa.Dashboard.Platform.Start;

/// <summary>
/// The life of a server inside a program: it ends when the program ends it. By itself a host takes the process' signals for its
/// own, and whoever ends the program during its start would end that server alone.
/// </summary>
public sealed class InnerLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
