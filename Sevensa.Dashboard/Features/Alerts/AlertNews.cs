using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Tells pages that an alert, a silence, an objective or an incident is another.</summary>
internal sealed class AlertNews(ILogger<AlertNews> log)
{
    private readonly Lock gate = new();
    private readonly List<Action> listeners = [];

    public IDisposable OnChange(Action changed)
    {
        // The same method may listen twice; each subscription ends only itself.
        Action own = () => changed();
        lock (gate)
        {
            listeners.Add(own);
        }
        return new Subscription(() =>
        {
            lock (gate)
            {
                listeners.Remove(own);
            }
        });
    }

    public void Raise()
    {
        Action[] all;
        lock (gate)
        {
            all = [.. listeners];
        }
        foreach (var listener in all)
        {
            try
            {
                listener();
            }
            catch (Exception exception)
            {
                log.LogWarning(exception, "A page could not be told of a change");
            }
        }
    }
}
