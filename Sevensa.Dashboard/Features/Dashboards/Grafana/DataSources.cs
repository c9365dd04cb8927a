using System.Text.Json;

namespace Sevensa.Dashboard.Features.Dashboards.Grafana;

/// <summary>What a panel's or query's data source is, as far as the file tells: by type, by <c>${DS_…}</c> input, by variable, by name.</summary>
internal sealed class DataSources
{
    private static readonly HashSet<string> Speaking = new(StringComparer.OrdinalIgnoreCase)
    {
        "prometheus",
        "grafana-amazonprometheus-datasource",
        "grafana-azureprometheus-datasource",
    };

    private readonly Dictionary<string, string> types = new(StringComparer.Ordinal);

    public DataSources(JsonElement file, JsonElement root, IEnumerable<BoardVariable> variables)
    {
        foreach (var input in file.At("__inputs").Items().Concat(root.At("__inputs").Items()))
        {
            if (input.Text("name") is { } name && input.Text("pluginId") is { } plugin)
            {
                types[name] = plugin;
            }
        }
        foreach (var variable in variables.Where(variable => variable.Kind == VariableKind.Source))
        {
            types[variable.Name] = variable.Query;
        }
    }

    /// <summary>The kind of data source, such as <c>prometheus</c> or <c>loki</c>; null when the file does not say.</summary>
    public string? TypeOf(JsonElement source)
    {
        if (source.IsObject())
        {
            var uid = source.Text("uid");
            return uid is "-- Mixed --" or "-- Dashboard --" ? uid
                : source.Text("type") is { Length: > 0 } type ? type
                : Named(uid);
        }
        return Named(source.Text());
    }

    public static bool IsPrometheus(string? type) => type is not null && Speaking.Contains(type);

    private string? Named(string? name)
    {
        if (string.IsNullOrEmpty(name) || name == "default")
        {
            return null;
        }
        if (name is "-- Mixed --" or "-- Dashboard --" or "-- Grafana --")
        {
            return name;
        }
        var bare = name.TrimStart('$').Trim('{', '}', '[', ']').Split(':')[0];
        if (types.TryGetValue(bare, out var type))
        {
            return type;
        }
        // A plain name is whatever somebody called it; these are called by what they are.
        return name.Contains("prometheus", StringComparison.OrdinalIgnoreCase) ? "prometheus"
            : name.Contains("loki", StringComparison.OrdinalIgnoreCase) ? "loki"
            : null;
    }
}
