using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>One program for each protocol before one scripted model, for all tests of a class; started when first asked for.</summary>
public sealed class ScriptedApp : IAsyncLifetime
{
    private readonly Dictionary<string, (ConfiguredApp App, HttpClient Client)> apps = [];

    internal ScriptedModel Model { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Model = await ScriptedModel.StartAsync(_ => (200, ""));

    /// <summary>An operator's client of the program that speaks this protocol.</summary>
    internal async Task<HttpClient> ClientAsync(string protocol = "ollama")
    {
        if (!apps.TryGetValue(protocol, out var known))
        {
            var app = await Asking.StartAsync(Model, protocol, ("Assistant:MaximumQuestion", "40000"));
            apps[protocol] = known = (app, await app.ApiAsAsync("operator"));
        }
        return known.Client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (app, client) in apps.Values)
        {
            client.Dispose();
            await app.DisposeAsync();
        }
        await Model.DisposeAsync();
    }
}
