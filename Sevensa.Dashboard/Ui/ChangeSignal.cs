namespace Sevensa.Dashboard.Ui;

/// <summary>
/// Tells whoever listens that something is another now; what, they look up. Called from any thread; a listener that fails is told
/// to the log and keeps nobody else from being told.
/// </summary>
internal class ChangeSignal(ILogger log)
{
    private readonly Lock gate = new();
    private Action[] listeners = [];

    /// <summary>Calls back at each change, until it is disposed.</summary>
    public IDisposable OnChange(Action changed)
    {
        // The same method may listen twice; each subscription ends only itself.
        Action own = () => changed();
        lock (gate)
        {
            listeners = [.. listeners, own];
        }
        return new Subscription(() =>
        {
            lock (gate)
            {
                listeners = [.. listeners.Where(listener => listener != own)];
            }
        });
    }

    public void Raise()
    {
        foreach (var listener in listeners)
        {
            try
            {
                listener();
            }
            catch (Exception exception)
            {
                log.LogWarning(exception, "Who listens for a change could not be told of it");
            }
        }
    }
}
