using System.Globalization;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Tests.Platform;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>
/// What statements say of a finding that has several names, of an image of which not everything is known, and for whom they hold.
/// </summary>
public sealed class StatedFindingsTests
{
    private static readonly string Digest = $"sha256:{7:x64}";
    private static readonly DateTimeOffset Now = new(2026, 2, 1, 10, 0, 0, TimeSpan.Zero);

    private static VexDocumentRow Document(
        IReadOnlyList<VexStatement> statements,
        string owners = "*",
        DateTimeOffset? at = null
    ) =>
        new()
        {
            Id = "1",
            Document = "a",
            Digest = Digest,
            At = at ?? Now,
            ReceivedAt = Now,
            ReceivedBy = "Olga",
            Owners = owners,
            Statements = StatedFindings.Write(statements),
        };

    private static FindingRow Finding(string names, string package = "zlib", string installed = "1") =>
        new()
        {
            Id = "1",
            ImageId = Digest,
            Kind = FindingKind.Vulnerability,
            Vulnerability = names.Split(' ')[0],
            Aliases = string.Join(' ', names.Split(' ')[1..]),
            Package = package,
            Installed = installed,
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

    private static StatedFindings Stated(
        IReadOnlyList<VexDocumentRow> documents,
        Func<string, bool>? holdsForAll = null,
        string? platform = "linux/amd64"
    ) => StatedFindings.Of(documents, [Digest], platform, holdsForAll ?? (_ => true), CancellationToken.None);

    private static VexStatus? Of(
        string names,
        IReadOnlyList<VexStatement> statements,
        string? platform = "linux/amd64"
    ) => Stated([Document(statements)], platform: platform).Of(Finding(names)).Status;

    private static VexStatement Says(
        VexStatus status,
        string names,
        string? architecture = null,
        string? part = null
    ) => new(status, names.Split(' '), new VexProduct([Digest], null, null, architecture, part), null, "why", null);

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

    [Fact]
    public void What_was_not_said_for_everybody_clears_nothing_and_blocks_all_the_same()
    {
        var finding = Finding("CVE-2030-1");
        var everybodys = Document([Says(VexStatus.NotAffected, "CVE-2030-1")], at: Now.AddDays(-3));
        var one = Document([Says(VexStatus.Fixed, "CVE-2030-1")], " rentguy ", Now.AddDays(-1));
        var blocking = Document([Says(VexStatus.Affected, "CVE-2030-1")], " rentguy ", Now.AddDays(-2));
        static bool Everybodys(string owners) => owners == "*";
        Assert.Null(Stated([one], Everybodys).Of(finding).Status);
        Assert.Equal(VexStatus.Fixed, Stated([one]).Of(finding).Status);
        // The one before, which was said for all, is heard still.
        Assert.Equal(VexStatus.NotAffected, Stated([one, everybodys], Everybodys).Of(finding).Status);
        Assert.Equal(VexStatus.Affected, Stated([one, everybodys, blocking], Everybodys).Of(finding).Status);
    }

    [Theory]
    [InlineData("pkg:deb/debian/zlib@1", "zlib", "1", true)]
    [InlineData("pkg:deb/debian/zlib@1?epoch=2", "zlib", "2:1", true)]
    [InlineData("pkg:deb/debian/zlib@1", "zlib", "2", false)]
    [InlineData("pkg:golang/x.y/z@v1.0", "x.y/z", "1.0", true)]
    [InlineData("pkg:golang/x.y/z@1.0", "x.y/z", "v1.0", true)]
    [InlineData("pkg:pypi/Py.Yaml@1", "py_yaml", "1", true)]
    [InlineData("pkg:npm/%40a/x", "@a/x", "7", true)]
    [InlineData("pkg:maven/org.x/lib@1", "org.x:lib", "1", true)]
    [InlineData("pkg:npm/Zlib@1", "zlib", "1", false)]
    public void Among_thousands_of_others_the_package_that_is_meant_is_found(
        string part,
        string package,
        string installed,
        bool means
    )
    {
        var others = Enumerable
            .Range(0, 2_000)
            .Select(n => Says(VexStatus.Affected, "CVE-2030-1", part: $"pkg:npm/other-{n}@1"));
        var stated = Stated([Document([.. others, Says(VexStatus.NotAffected, "CVE-2030-1", part: part)])]);
        VexStatus? expected = means ? VexStatus.NotAffected : null;
        Assert.Equal(expected, stated.Of(Finding("CVE-2030-1", package, installed)).Status);
    }

    [Fact]
    public void Ten_times_as_many_statements_of_ten_times_as_many_findings_take_ten_times_as_long()
    {
        var (inTen, inOne) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var round = 0; round < 5; round++)
        {
            var time = Measured(400, 10);
            inTen = time < inTen ? time : inTen;
            time = Measured(4_000, 1);
            inOne = time < inOne ? time : inOne;
        }
        // Each with each would take ten times as long.
        Assert.InRange(inOne / inTen, 0, 4);

        static TimeSpan Measured(int many, int times)
        {
            string Name(int n) => string.Create(CultureInfo.InvariantCulture, $"package-{n}");
            var stated = Stated([
                Document([
                    .. Enumerable
                        .Range(0, many)
                        .Select(n => Says(VexStatus.NotAffected, "CVE-2030-1", part: $"pkg:npm/{Name(n)}@1")),
                ]),
            ]);
            var findings = Enumerable.Range(0, many).Select(n => Finding("CVE-2030-1", Name(n))).ToList();
            var begun = ProcessorTime.OfThisThread();
            for (var time = 0; time < times; time++)
            {
                Assert.Equal(many, findings.Count(one => stated.Of(one).Status == VexStatus.NotAffected));
            }
            return ProcessorTime.OfThisThread() - begun;
        }
    }

    [Fact]
    public void Comparing_ends_when_nobody_waits_any_more()
    {
        using var gone = new CancellationTokenSource();
        gone.Cancel();
        VexDocumentRow[] documents = [Document([Says(VexStatus.NotAffected, "CVE-2030-1")])];
        Assert.Throws<OperationCanceledException>(() =>
            StatedFindings.Of(documents, [Digest], null, _ => true, gone.Token)
        );
        FindingRow[] known = [Finding("CVE-2030-1")];
        var merge = FindingMerge.Of(
            Digest,
            "trivy",
            known,
            [],
            new HashSet<FindingKind>(),
            new HashSet<string>(),
            Now,
            CancellationToken.None
        );
        Assert.Throws<OperationCanceledException>(() => merge.State(known, Stated(documents), gone.Token));
    }
}
