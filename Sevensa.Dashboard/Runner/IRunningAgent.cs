namespace Sevensa.Dashboard.Runner;

/// <summary>A runner that was started, of a Docker host or of a cluster.</summary>
internal interface IRunningAgent : IAsyncDisposable
{
    /// <summary>Ends when a dashboard has taken the whole for the first time.</summary>
    Task Told { get; }

    /// <summary>Runs until cancelled.</summary>
    Task RunAsync(CancellationToken cancellation);
}
