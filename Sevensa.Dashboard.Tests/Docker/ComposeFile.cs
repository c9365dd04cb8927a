using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>The compose file as an operator's Compose would read it: merged, without the extension fields.</summary>
internal sealed class ComposeFile
{
    private ComposeFile(Dictionary<string, object?> root) => Root = root;

    public static string Folder { get; } = Path.Combine(FindRoot(), "docker");

    public static ComposeFile Real { get; } = Parse(File.ReadAllText(Path.Combine(Folder, "compose.yaml")));

    public Dictionary<string, object?> Root { get; }

    public IReadOnlyDictionary<string, Service> Services =>
        Map(Root["services"]).ToDictionary(pair => pair.Key, pair => new Service(pair.Key, Map(pair.Value)));

    public IReadOnlyDictionary<string, Dictionary<string, object?>> Section(string name) =>
        Map(Root.GetValueOrDefault(name)).ToDictionary(pair => pair.Key, pair => Map(pair.Value));

    public static ComposeFile Parse(string text)
    {
        var reader = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        var parser = new MergingParser(new Parser(new StringReader(text)));
        return new ComposeFile(Map(reader.Deserialize<object>(parser)));
    }

    /// <summary>A YAML mapping, empty for nothing.</summary>
    internal static Dictionary<string, object?> Map(object? node) =>
        node is IDictionary<object, object?> map ? map.ToDictionary(p => (string)p.Key, p => p.Value) : [];

    internal static IReadOnlyList<string> List(object? node) =>
        node switch
        {
            null => [],
            string one => [one],
            IDictionary<object, object?> map => [.. map.Keys.Select(key => (string)key)],
            IEnumerable<object> many =>
            [
                .. many.Select(one => Convert.ToString(one, System.Globalization.CultureInfo.InvariantCulture)!),
            ],
            _ => [node.ToString()!],
        };

    internal static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No Sevensa.Dashboard.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>One service of a compose file.</summary>
internal sealed record Service(string Name, Dictionary<string, object?> Fields)
{
    public string Image => Text("image");

    public IReadOnlyList<string> Networks => ComposeFile.List(Fields.GetValueOrDefault("networks"));

    public IReadOnlyList<string> Ports => ComposeFile.List(Fields.GetValueOrDefault("ports"));

    public IReadOnlyList<string> Volumes => ComposeFile.List(Fields.GetValueOrDefault("volumes"));

    public IReadOnlyList<string> Secrets => ComposeFile.List(Fields.GetValueOrDefault("secrets"));

    public IReadOnlyDictionary<string, object?> Environment => ComposeFile.Map(Fields.GetValueOrDefault("environment"));

    public IReadOnlyDictionary<string, object?> Healthcheck => ComposeFile.Map(Fields.GetValueOrDefault("healthcheck"));

    public string Text(string field) =>
        Convert.ToString(Fields.GetValueOrDefault(field), System.Globalization.CultureInfo.InvariantCulture) ?? "";

    public override string ToString() => Name;
}
