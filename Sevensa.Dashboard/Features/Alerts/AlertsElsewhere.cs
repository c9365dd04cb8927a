using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>Tells other dashboards that something of alerts is another, and hears it from them: one of them asks Alertmanager for all.</summary>
internal sealed class AlertsElsewhere(DashboardWire wire, AlertNews news) : IStartStep
{
    private const string Topic = "alerts.changed";

    // Who listens is called on the thread that raises it.
    [ThreadStatic]
    private static bool hears;

    public Task RunAsync(CancellationToken cancellation)
    {
        if (!wire.IsSet)
        {
            return Task.CompletedTask;
        }
        news.OnChange(() =>
        {
            if (!hears)
            {
                wire.Tell(Topic, []);
            }
        });
        wire.Hear(
            Topic,
            (_, _) =>
            {
                hears = true;
                try
                {
                    news.Raise();
                }
                finally
                {
                    hears = false;
                }
            }
        );
        return Task.CompletedTask;
    }
}
