namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What the gate lets pass. Accepted and fixed findings never count.</summary>
/// <param name="Worst">Open findings at least this severe deny; null: none does.</param>
/// <param name="FixableOnly">Only those count for which a fixed version exists.</param>
/// <param name="UnscannedPasses">Whether an image that nobody scanned may run.</param>
internal sealed record GatePolicy(string Name, Severity? Worst, bool FixableOnly, bool UnscannedPasses, string Rule)
{
    private static readonly GatePolicy[] All =
    [
        new("critical", Severity.Critical, false, false, "no open critical finding"),
        new("high", Severity.High, false, false, "no open critical or high finding"),
        new("fixable-critical", Severity.Critical, true, false, "no open critical finding that has a fix"),
        new("fixable-high", Severity.High, true, false, "no open critical or high finding that has a fix"),
        new("report", null, false, true, "everything passes; findings are reported"),
    ];

    public static string Names { get; } = string.Join(", ", All.Select(policy => policy.Name));

    public static GatePolicy? Find(string name) => Array.Find(All, policy => policy.Name == name);

    public bool Denies(Severity severity, bool hasFix) => severity >= Worst && (hasFix || !FixableOnly);
}
