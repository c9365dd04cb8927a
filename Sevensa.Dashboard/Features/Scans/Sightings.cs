namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// Which scanners see a finding, and how severe each calls it, as a short text: <c>grype:L trivy:C</c>. A scanner that was
/// told to leave it out stands there with a dash. What one scanner says never speaks for another.
/// </summary>
internal static class Sightings
{
    private const string Letters = "ULMHC";
    private const char Suppressed = '-';

    /// <param name="severity">Null when the scanner was told to leave it out.</param>
    public static string With(string text, string scanner, Severity? severity)
    {
        var own = $"{scanner}:{(severity is { } known ? Letters[(int)known] : Suppressed)}";
        if (text.Length == 0 || Of(text, scanner) == text)
        {
            return own;
        }
        var others = text.Split(' ').Where(one => !IsOf(one, scanner));
        return string.Join(' ', others.Append(own).Order(StringComparer.Ordinal));
    }

    public static string Without(string text, string scanner) =>
        string.Join(' ', text.Split(' ').Where(one => !IsOf(one, scanner)));

    /// <summary>What either says; of a scanner that stands in both the first.</summary>
    public static string Joined(string text, string other) =>
        other
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(one => !Has(text, one[..^2]))
            .Aggregate(text, (joined, one) => joined.Length == 0 ? one : $"{joined} {one}");

    public static bool Has(string text, string scanner) => Of(text, scanner) is not null;

    public static bool HasOther(string text, string scanner) =>
        text.Length > 0 && text.Split(' ').Any(one => !IsOf(one, scanner));

    /// <summary>Whether anybody sees it, and the worst that those who do call it; Unknown when nobody does.</summary>
    public static (Presence Presence, Severity Severity) Read(string text)
    {
        var (presence, worst) = (Presence.Gone, Severity.Unknown);
        foreach (var one in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (one[^1] == Suppressed)
            {
                presence = presence == Presence.Gone ? Presence.Suppressed : presence;
                continue;
            }
            presence = Presence.Seen;
            worst = (Severity)Math.Max((int)worst, Letters.IndexOf(one[^1], StringComparison.Ordinal));
        }
        return (presence, worst);
    }

    public static IReadOnlyList<string> Scanners(string text) =>
        [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one[..^2])];

    private static string? Of(string text, string scanner) =>
        text.Length == 0 ? null : Array.Find(text.Split(' '), one => IsOf(one, scanner));

    private static bool IsOf(string one, string scanner) =>
        one.Length == scanner.Length + 2 && one.StartsWith(scanner, StringComparison.Ordinal) && one[^2] == ':';
}
