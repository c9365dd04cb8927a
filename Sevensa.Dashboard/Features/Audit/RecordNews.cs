using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Tells that something was appended to the record.</summary>
internal sealed class RecordNews
{
    private readonly Lock gate = new();
    private Action[] listeners = [];

    public IDisposable OnAppended(Action appended)
    {
        // The same method may listen twice; each subscription ends only itself.
        Action own = () => appended();
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

    /// <summary>Listeners only take note of it.</summary>
    public void Raise()
    {
        foreach (var listener in listeners)
        {
            listener();
        }
    }
}
