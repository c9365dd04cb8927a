namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// Work that must be done after the store is up to date and before anybody who signed in is served: keys, seeds, registries.
/// Run one after the other in the order of registration; one that fails ends the start.
/// </summary>
public interface IStartStep
{
    Task RunAsync(CancellationToken cancellation);
}
