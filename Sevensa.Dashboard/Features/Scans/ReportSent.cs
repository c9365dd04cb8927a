using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What a sender says of a report.</summary>
/// <param name="Image">Name as people write it; else what runs, and then the report's.</param>
/// <param name="Digest"><c>repo@sha256:…</c> or <c>sha256:…</c>; from the report when null.</param>
/// <param name="Format">Found out when null.</param>
/// <param name="Kinds">What the scanner was told to look for, as <c>vulnerability,secret</c>.</param>
/// <param name="Platform">As <c>linux/amd64</c>; from the report when null.</param>
/// <param name="Scanner">The scanner's name, where the report has none.</param>
/// <param name="Encoding"><c>Content-Encoding</c>.</param>
/// <param name="Tenant">For whom it is handed in; null: for all tenants that the caller has.</param>
internal sealed record ReportSent(
    Stream Body,
    string? Image = null,
    string? Digest = null,
    string? Format = null,
    string? Kinds = null,
    string? Platform = null,
    string? Scanner = null,
    string? Encoding = null,
    string? Tenant = null
)
{
    private const int MostOfAnImage = 300;
    private const int MostOfAScanner = 60;

    /// <summary>Before anything of the report is read.</summary>
    /// <exception cref="UnreadableReportException">Something is none of what it should be, with the limit.</exception>
    public void Check()
    {
        ImagePlatform.Asked(Platform);
        if (Image?.Trim().Length > MostOfAnImage)
        {
            throw new UnreadableReportException($"image= is the image's name, of at most {MostOfAnImage} characters.");
        }
        // A plus sign and a colon stand between names where several are kept.
        if (Scanner?.Trim() is { } name && (name.Length > MostOfAScanner || !name.All(IsOfAName)))
        {
            throw new UnreadableReportException(
                $"\"{ReportJson.Cut(name, 60)}\" is no scanner's name. scanner= takes letters, digits, spaces, '.', '_', '-', '/' and '@', at most {MostOfAScanner} characters."
            );
        }
        if (Makers.Ending(Scanner) is { } ending)
        {
            throw new UnreadableReportException(
                $"\"{ReportJson.Cut(Scanner!.Trim(), 60)}\" ends in {ending}, as the names do under which a scanner's reports of something else than the image are kept: this one would close what those found. Give scanner= without it; what was looked at is read from the report."
            );
        }

        static bool IsOfAName(char one) =>
            char.IsAsciiLetterOrDigit(one) || one is ' ' or '.' or '_' or '-' or '/' or '@';
    }
}
