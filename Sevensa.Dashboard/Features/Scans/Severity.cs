using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>In order, the worst last; a word that no scanner's scale has is Unknown.</summary>
public enum Severity
{
    Unknown,
    Low,
    Medium,
    High,
    Critical,
}

public enum FindingState
{
    Open,
    Accepted,

    /// <summary>No scanner reports it any more, or a person said so.</summary>
    Fixed,

    /// <summary>Its scanner was told to leave it out, and says why.</summary>
    Suppressed,

    /// <summary>A person says that it does no harm here, with one of <see cref="Judging.Justifications"/>.</summary>
    NotAffected,
}

/// <summary>What a finding is of. Each kind is looked for by itself, so that a report without one says nothing about it.</summary>
public enum FindingKind
{
    Vulnerability,
    Secret,
    Misconfiguration,
    License,

    /// <summary>What a linter says of source code. Never a scan of an image.</summary>
    Code,
}

/// <summary>The words of <see cref="FindingKind"/> in addresses and answers.</summary>
internal static class FindingKinds
{
    private static readonly FindingKind[] Asked =
    [
        FindingKind.Vulnerability,
        FindingKind.Secret,
        FindingKind.Misconfiguration,
        FindingKind.License,
    ];

    public static string Names { get; } = string.Join(", ", Asked.Select(Word));

    /// <summary>Reads <c>vulnerability,secret</c>; null when nothing is said.</summary>
    /// <exception cref="UnknownKindException">422: there is no such kind.</exception>
    public static IReadOnlySet<FindingKind>? Read(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }
        var kinds = new HashSet<FindingKind>();
        foreach (var word in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = Array.FindIndex(Asked, kind => Word(kind).Equals(word, StringComparison.OrdinalIgnoreCase));
            kinds.Add(at >= 0 ? Asked[at] : throw new UnknownKindException(word));
        }
        return kinds.Count > 0 ? kinds : null;
    }

    /// <summary>Reads what is kept of a report; a word that is none is passed over.</summary>
    public static IEnumerable<FindingKind> Kept(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => Array.FindIndex(Asked, kind => Word(kind) == word))
            .Where(at => at >= 0)
            .Select(at => Asked[at]);

    public static string Word(FindingKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>"1 secret", "3 licences".</summary>
    public static string Counted(FindingKind kind, int count) =>
        kind switch
        {
            FindingKind.Vulnerability => $"{count} {(count == 1 ? "vulnerability" : "vulnerabilities")}",
            FindingKind.License => $"{count} {(count == 1 ? "licence" : "licences")}",
            FindingKind.Code => $"{count} {(count == 1 ? "result" : "results")} about source code",
            _ => $"{count} {Word(kind)}{(count == 1 ? "" : "s")}",
        };
}

/// <summary>Answered as 422.</summary>
internal sealed class UnknownKindException(string word)
    : Exception(
        $"There is no kind \"{StoreText.Cut(word, 60)}\" of findings. kinds= takes {FindingKinds.Names}, separated by commas."
    );
