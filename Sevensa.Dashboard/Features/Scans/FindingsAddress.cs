using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What may be asked of findings, as an address says it; all of it may be left out.</summary>
/// <param name="Owner">An account's id, <c>me</c> or <c>none</c>.</param>
/// <param name="Exposure">The least: <c>inside</c>, <c>loopback</c>, <c>published</c> or <c>internet</c>.</param>
/// <param name="Running">Of images that containers run now, or of those that none does.</param>
/// <param name="Root">Of images that run as root somewhere.</param>
/// <param name="Image">Any digest of the one image.</param>
/// <param name="Vulnerability">The one id.</param>
internal readonly record struct FindingsAddress(
    string? Severity,
    string? State,
    string? Kind,
    string? Owner,
    bool? Overdue,
    string? Exposure,
    bool? Running,
    bool? Root,
    bool? Exploited,
    bool? Fixable,
    string? Image,
    string? Vulnerability
)
{
    private const int LongestId = 200;

    /// <exception cref="BadHttpRequestException">400: a word that there is not.</exception>
    public FindingFilter Filter(string? tenant, FindingOrder order = FindingOrder.Severity) =>
        new(
            Said(tenant),
            ValueWords.Read<Severity>("severity", Severity),
            ValueWords.Read<FindingState>("state", State),
            ValueWords.Read<FindingKind>("kind", Kind),
            Said(Owner),
            Overdue ?? false,
            order
        )
        {
            Exposure = ValueWords.Read<Exposure>("exposure", Exposure),
            Running = Running,
            RunsAsRoot = Root ?? false,
            Exploited = Exploited ?? false,
            Fixable = Fixable ?? false,
            Image = Said(Image) is not { } image
                ? null
                : ImageDigest.Bare(image)
                    ?? throw new BadHttpRequestException(
                        "image is a digest of the image: sha256: with 64 hex digits, with its repository before it or without."
                    ),
            Vulnerability = Said(Vulnerability) is { } id ? TextLimits.Check(id, "vulnerability", LongestId) : null,
        };

    private static string? Said(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
