namespace Sevensa.Dashboard.Features.Metrics.Explorer;

/// <summary>A series as PromQL writes it, without the tenant that the page is about.</summary>
internal static class SeriesName
{
    public static string Of(IReadOnlyDictionary<string, string> labels, string tenant)
    {
        var others = labels
            .Where(label => label.Key is not ("tenant" or "__name__"))
            .OrderBy(label => label.Key, StringComparer.Ordinal)
            .Select(label => $"{label.Key}=\"{label.Value}\"")
            .ToList();
        var name = labels.GetValueOrDefault("__name__", "");
        return others.Count > 0 ? $"{name}{{{string.Join(", ", others)}}}"
            : name.Length > 0 ? name
            : tenant;
    }
}
