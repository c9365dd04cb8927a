using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Statements;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What statements say of a finding that has several names, and of an image of which not everything is known.</summary>
public sealed class StatedFindingsTests
{
    private static readonly string Digest = $"sha256:{7:x64}";
    private static readonly DateTimeOffset Now = new(2026, 2, 1, 10, 0, 0, TimeSpan.Zero);

    private static VexStatus? Of(string names, IReadOnlyList<VexStatement> statements, string? platform = "linux/amd64")
    {
        var document = new VexDocumentRow
        {
            Id = "1",
            Document = "a",
            Digest = Digest,
            At = Now,
            ReceivedAt = Now,
            ReceivedBy = "Olga",
            Statements = StatedFindings.Write(statements),
        };
        var finding = new FindingRow
        {
            Id = "1",
            ImageId = Digest,
            Kind = FindingKind.Vulnerability,
            Vulnerability = names.Split(' ')[0],
            Aliases = string.Join(' ', names.Split(' ')[1..]),
            Package = "zlib",
            Installed = "1",
            Copy = 0,
            Severity = Severity.Critical,
            Place = "",
            Sightings = "",
            Presence = Presence.Seen,
            State = FindingState.Open,
            FirstSeenAt = Now,
            LastSeenAt = Now,
            OpenSince = Now,
        };
        return StatedFindings.Of([document], [Digest], platform).Of(finding).Status;
    }

    private static VexStatement Says(VexStatus status, string names, string? architecture = null) =>
        new(status, names.Split(' '), new VexProduct([Digest], null, null, architecture, null), null, "why", null);

    [Fact]
    public void Of_what_no_statement_names_nothing_is_said() =>
        Assert.Null(Of("CVE-2030-9", [Says(VexStatus.NotAffected, "CVE-2030-1")]));

    [Fact]
    public void An_advisory_about_several_is_cleared_when_all_of_them_are()
    {
        const string Advisory = "CVE-2030-1 CVE-2030-2 RHSA-2030:1";
        var (first, second) = (Says(VexStatus.NotAffected, "CVE-2030-1"), Says(VexStatus.Fixed, "cve-2030-2"));
        Assert.Null(Of(Advisory, [first]));
        Assert.Null(Of("RHSA-2030:1 CVE-2030-1 CVE-2030-2", [second]));
        Assert.NotNull(Of(Advisory, [first, second]));
        Assert.Equal(VexStatus.Affected, Of(Advisory, [first, Says(VexStatus.Affected, "CVE-2030-2")]));
        Assert.Equal(VexStatus.NotAffected, Of(Advisory, [Says(VexStatus.NotAffected, "CVE-2030-1 CVE-2030-2")]));
        // Who names the advisory speaks of all that is in it.
        Assert.Equal(VexStatus.NotAffected, Of(Advisory, [Says(VexStatus.NotAffected, "RHSA-2030:1")]));
        Assert.Equal(VexStatus.NotAffected, Of("GHSA-x-1 CVE-2030-1", [first]));
    }

    [Fact]
    public void What_is_said_of_one_architecture_clears_nothing_where_the_platform_is_not_known()
    {
        var arm = Says(VexStatus.NotAffected, "CVE-2030-1", "arm64");
        Assert.Equal(VexStatus.NotAffected, Of("CVE-2030-1", [arm], "linux/arm64"));
        Assert.Null(Of("CVE-2030-1", [arm], "linux/amd64"));
        Assert.Null(Of("CVE-2030-1", [arm], platform: null));
        Assert.Equal(
            VexStatus.Affected,
            Of("CVE-2030-1", [Says(VexStatus.Affected, "CVE-2030-1", "arm64")], platform: null)
        );
    }
}
