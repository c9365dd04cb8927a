using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>What the scanners say, in words that name what to do; and what they say of themselves.</summary>
internal static class ScannerWords
{
    private const int LongestWords = 600;

    private static readonly (string[] Marks, string Words)[] Known =
    [
        (
            ["no space left on device", "disk quota exceeded"],
            "The disk is full where it keeps its cache. Make room, or move the cache"
        ),
        (
            ["max allowed age", "database is too old", "the db is too old"],
            "Its database of advisories is too old. Let it be renewed"
        ),
        (
            [
                "failed to download vulnerability db",
                "unable to update vulnerability database",
                "failed to download artifact",
                "db error",
            ],
            "Its database of advisories could not be fetched. Let the host reach it, or put it there by hand"
        ),
        (
            [
                "first run cannot be run with --skip-db-update",
                "vulnerability database does not exist",
                "failed to load vulnerability db",
            ],
            "It has no database of advisories. Let it fetch one"
        ),
        (
            ["no such image", "unable to find the specified image", "could not find image"],
            "The image is gone from this host"
        ),
        (["permission denied"], "The system does not let it: give the runner's user what it needs"),
        (["cannot connect to the docker daemon"], "It does not reach the Docker Engine"),
    ];

    /// <summary>Why it ended with that code.</summary>
    /// <param name="said">Its last lines.</param>
    public static string Of(string scanner, int code, IReadOnlyList<string> said)
    {
        var text = string.Join(" / ", said);
        var own = text.Length > LongestWords ? text[^LongestWords..] : text;
        var known = Known.FirstOrDefault(one =>
            one.Marks.Any(mark => text.Contains(mark, StringComparison.OrdinalIgnoreCase))
        );
        var begin = known.Words ?? $"{scanner} ended with {code}";
        return own.Length == 0 ? $"{begin}, without a word." : $"{begin}. It says: {own}";
    }

    /// <summary>Its version and of when its advisories are, from what it printed; null for what is not there.</summary>
    public static (string? Version, long? Database) About(byte[]? json)
    {
        if (json is null)
        {
            return default;
        }
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var database = Member(root, "VulnerabilityDB") is { ValueKind: JsonValueKind.Object } inner ? inner : root;
            return (
                Text(root, "Version") ?? Text(root, "version"),
                When(database, "UpdatedAt") ?? When(database, "built")
            );
        }
        catch (JsonException)
        {
            return default;
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found) ? found : null;

    private static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } found ? found.GetString() : null;

    private static long? When(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } found && found.TryGetDateTimeOffset(out var at)
            ? at.ToUnixTimeMilliseconds()
            : null;
}
