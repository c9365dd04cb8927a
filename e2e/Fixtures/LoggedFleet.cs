namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A dashboard on a Loki whose lines the tests write.</summary>
public sealed class LoggedFleet : IAsyncLifetime
{
    private DashboardProcess? dashboard;

    public ScriptedLoki Loki { get; private set; } = null!;

    public DashboardProcess Dashboard => dashboard!;

    public async ValueTask InitializeAsync()
    {
        Loki = await ScriptedLoki.StartAsync();
        dashboard = new DashboardProcess(
            new Dictionary<string, string?> { ["Loki:Url"] = Loki.Url, ["Loki:Tenancy"] = "Header" }
        );
        await dashboard.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (dashboard is not null)
            await dashboard.DisposeAsync();
        await Loki.DisposeAsync();
    }
}
