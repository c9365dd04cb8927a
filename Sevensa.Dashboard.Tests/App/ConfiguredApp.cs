namespace Sevensa.Dashboard.Tests.App;

/// <summary>The real program with settings of the test's own.</summary>
public sealed class ConfiguredApp(params (string Key, string Value)[] settings) : SandboxApp
{
    /// <summary>One that is started and has no host of its own.</summary>
    public static async Task<ConfiguredApp> StartAsync(params (string Key, string Value)[] settings)
    {
        var app = new ConfiguredApp([.. settings, ("Docker:Endpoint", "none")]);
        await app.InitializeAsync();
        return app;
    }

    public (string Key, string Value)[] Given => settings;

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value));
}
