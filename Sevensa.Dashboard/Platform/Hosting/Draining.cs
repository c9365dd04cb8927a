namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>
/// The time between the word to stop and the stop itself, with several dashboards behind one address: whoever comes anew is sent to
/// another one, what is under way comes to its end.
/// </summary>
internal sealed class Draining : IDisposable
{
    private readonly CancellationTokenSource begun = new();

    public bool HasBegun => begun.IsCancellationRequested;

    /// <summary>Cancelled when it begins.</summary>
    public CancellationToken Begun => begun.Token;

    public void Begin() => begun.Cancel();

    public void Dispose() => begun.Dispose();
}
