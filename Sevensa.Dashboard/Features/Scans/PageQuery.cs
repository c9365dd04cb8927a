namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Filters of a page in its address.</summary>
internal static class PageQuery
{
    /// <summary>Without the question mark; what is empty is left out.</summary>
    public static string Of(IEnumerable<(string Key, string? Value)> parts) =>
        string.Join(
            '&',
            parts
                .Where(part => !string.IsNullOrEmpty(part.Value))
                .Select(part => $"{part.Key}={Uri.EscapeDataString(part.Value!)}")
        );

    public static string At(string root, string query) => query.Length > 0 ? $"{root}?{query}" : root;

    /// <summary>A word of an address that somebody may have typed: null when it is none.</summary>
    public static T? Word<T>(string? word)
        where T : struct, Enum =>
        Array.Find(Enum.GetNames<T>(), name => name.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse<T>(name)
            : null;

    public static bool? Flag(string? word) =>
        word switch
        {
            "true" => true,
            "false" => false,
            _ => null,
        };
}
