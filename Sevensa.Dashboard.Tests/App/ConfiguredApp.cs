namespace Sevensa.Dashboard.Tests.App;

/// <summary>The real program with settings of the test's own.</summary>
public sealed class ConfiguredApp(params (string Key, string Value)[] settings) : SandboxApp
{
    public (string Key, string Value)[] Given => settings;

    protected override IEnumerable<KeyValuePair<string, string>> Settings =>
        settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value));
}
