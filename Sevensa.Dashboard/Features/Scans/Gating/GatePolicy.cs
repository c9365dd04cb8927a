namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>
/// What the gate lets pass. Accepted, fixed and suppressed findings never count. A name is put together from words:
/// <c>critical</c> or <c>high</c>, before it <c>fixable</c>, after it what else counts.
/// </summary>
/// <param name="Worst">Open findings at least this severe deny; null: none does.</param>
/// <param name="FixableOnly">Only those count for which a fixed version exists.</param>
/// <param name="CountsUnrated">Whether findings that nobody rated deny.</param>
/// <param name="Kinds">Kinds that are judged; others are told beside the verdict.</param>
/// <param name="UnscannedPasses">Whether an image that nobody scanned may run.</param>
internal sealed record GatePolicy(
    string Name,
    Severity? Worst,
    bool FixableOnly,
    bool CountsUnrated,
    IReadOnlyList<FindingKind> Kinds,
    bool UnscannedPasses,
    string Rule
)
{
    private const string Report = "report";

    /// <summary>Whether one that is known to be exploited (CISA's KEV, as the scanner says) denies, however severe, new or fixable it is.</summary>
    public bool CountsExploited { get; init; }

    /// <summary>A finding counts once it has been known for so many days.</summary>
    public int GraceDays { get; init; }

    /// <summary>Only findings count that nothing has which the tenant runs of the same repository.</summary>
    public bool NewOnly { get; init; }

    /// <summary>The tenant whose own policy it is; null for one that is everybody's.</summary>
    public string? Tenant { get; init; }

    /// <summary>Whether a base system past its end of life denies.</summary>
    public bool DeniesEndOfLife { get; init; }

    /// <summary>A scan that is older than so many days is none; null: it never grows old.</summary>
    public int? StaleAfterDays { get; init; }

    private static readonly (string Word, FindingKind Kind, string Plural)[] Further =
    [
        ("secrets", FindingKind.Secret, "secrets"),
        ("misconfigurations", FindingKind.Misconfiguration, "misconfigurations"),
        ("licenses", FindingKind.License, "licences"),
    ];

    public static string Names =>
        "critical, high, fixable-critical, fixable-high, report; to each but report may be added -unrated, -secrets, -misconfigurations and -licenses, as in high-unrated-secrets";

    /// <summary>Null when the words make no policy.</summary>
    public static GatePolicy? Find(string name)
    {
        if (name == Report)
        {
            return new(
                Report,
                null,
                false,
                false,
                [FindingKind.Vulnerability],
                true,
                "everything passes; findings are reported"
            );
        }
        var words = new Queue<string>(name.Split('-'));
        var fixable = Next(words, "fixable");
        Severity? worst =
            Next(words, "critical") ? Severity.Critical
            : Next(words, "high") ? Severity.High
            : null;
        if (worst is null)
        {
            return null;
        }
        var unrated = Next(words, "unrated");
        var further = Further.Where(kind => Next(words, kind.Word)).ToList();
        if (words.Count > 0)
        {
            return null;
        }
        var rule =
            (worst == Severity.Critical ? "no open critical finding" : "no open critical or high finding")
            + (fixable ? " that has a fix" : "")
            + (unrated ? ", none that nobody rated" : "")
            + (further.Count > 0 ? $", {string.Join(", ", further.Select(kind => kind.Plural))} included" : "");
        return new(
            name,
            worst,
            fixable,
            unrated,
            [FindingKind.Vulnerability, .. further.Select(kind => kind.Kind)],
            false,
            rule
        );
    }

    /// <summary>Weaknesses in source code count when their scanner scored them as a matter of security.</summary>
    public bool Judges(OpenCount open) => Kinds.Contains(open.Kind) || (open.Kind == FindingKind.Code && open.HasScore);

    private static bool Next(Queue<string> words, string word)
    {
        if (!words.TryPeek(out var next) || next != word)
        {
            return false;
        }
        words.Dequeue();
        return true;
    }
}
