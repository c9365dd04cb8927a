using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>
/// Every report that real scanners wrote, handed in as a pipeline does it, with an image of its own. Counts and verdicts were
/// taken from the files apart from this program.
/// </summary>
[Collection(SandboxCollection.Name)]
public partial class RecordedScansTests(SandboxApp app)
{
    private const int MostBytes = 20_000;

    private static readonly string[] Folders = ["trivy", "syft", "others", "sarif", "sbom", "datasets/trivy"];

    /// <summary>
    /// File; critical, high, medium, low and unrated vulnerabilities; what else it holds; the verdict, and after a slash the
    /// one when the sender says that vulnerabilities were looked for.
    /// </summary>
    private const string Taken = """
        trivy/build-1.json | 4 5 4 4 4 | | deny
        trivy/build-1.sarif | 4 5 4 4 4 | | deny
        trivy/config.json | 0 0 0 0 0 | misconfiguration 40 | unknown/unknown
        trivy/config.sarif | 0 0 0 0 0 | misconfiguration 40 | unknown/unknown
        trivy/convert-high.json | 4 5 0 0 0 | secret 3 | deny
        trivy/fs-vuln.json | 1 1 1 0 1 | | deny
        trivy/fs.json | 1 1 1 0 1 | misconfiguration 40, license 1 | deny
        trivy/image-all.json | 4 5 4 4 4 | secret 3, misconfiguration 2, license 81 | deny
        trivy/image-arm64.json | 1 4 1 4 3 | | deny
        trivy/image-clean-vuln.json | 0 0 0 0 0 | | unknown/allow
        trivy/image-clean.sarif | 0 0 0 0 0 | | unknown/allow
        trivy/image-default.cdx.json | 0 0 0 0 0 | | unknown/allow
        trivy/image-docker.json | 4 5 4 4 4 | secret 3 | deny
        trivy/image-docker.sarif | 4 5 4 4 4 | secret 3 | deny
        trivy/image-license-only.json | 0 0 0 0 0 | license 81 | unknown/allow
        trivy/image-license.sarif | 0 0 0 0 0 | license 81 | unknown/allow
        trivy/image-nolist.json | 4 5 4 4 4 | | deny
        trivy/image-noscanners.json | 0 0 0 0 0 | | unknown/allow
        trivy/image-secret-none.json | 0 0 0 0 0 | | unknown/allow
        trivy/image-secret-only.json | 0 0 0 0 0 | secret 3 | unknown/allow
        trivy/image-secret-only.sarif | 0 0 0 0 0 | secret 3 | unknown/allow
        trivy/image-vex-hidden.json | 4 4 4 4 4 | | deny
        trivy/image-vuln-nothing-left.json | 0 0 0 0 0 | | unknown/allow
        trivy/image-vuln.cdx.json | 4 5 4 3 5 | | deny
        trivy/image.cosign.json | 4 5 4 4 4 | secret 3 | deny
        trivy/image.json | 4 5 4 4 4 | secret 3 | deny
        trivy/image.sarif | 4 5 4 4 4 | secret 3 | deny
        trivy/registry-amd64.json | 4 5 4 4 4 | secret 3 | deny
        trivy/registry-arm64.cdx.json | 1 4 1 3 4 | | deny
        trivy/registry-arm64.sarif | 1 4 1 4 3 | | deny
        trivy/registry-single.json | 4 5 4 4 4 | secret 3 | deny
        trivy/rootfs-empty.json | 0 0 0 0 0 | | unknown/unknown
        trivy/rootfs-eosl.json | 1 4 1 4 3 | | deny
        trivy/rootfs.json | 1 4 1 4 3 | | deny
        trivy/sbom-syft-spdx.json | 2 1 2 0 1 | | deny
        trivy/sbom-syft-vuln.cdx.json | 2 3 2 1 4 | | deny
        trivy/sbom-syft.cdx.json | 0 0 0 0 0 | | unknown/unknown
        trivy/sbom-syft.json | 2 3 2 2 3 | | deny
        trivy/sbom-syft.sarif | 2 3 2 2 3 | | deny
        trivy/sbom-trivy.json | 4 5 4 4 4 | | deny
        others/grype-image.json | 4 2 3 3 2 | | deny
        others/grype-image.sarif | 4 2 3 3 2 | | deny
        others/grype-image.cdx.json | 4 2 3 3 2 | | deny
        others/grype-by-cve.json | 4 2 3 3 2 | | deny
        others/grype-by-cve.sarif | 4 2 3 3 2 | | deny
        others/grype-only-fixed.json | 1 2 3 0 0 | | deny
        others/grype-ignored.json | 1 2 3 3 2 | | deny
        others/grype-ignored.sarif | 1 2 3 3 2 | | deny
        others/grype-vex.json | 4 1 3 3 2 | | deny
        others/grype-sbom-syft.json | 4 2 3 3 2 | | deny
        others/grype-sbom-syft.cdx.json | 4 2 3 3 2 | | deny
        others/grype-sbom-trivy.json | 3 1 3 1 1 | | deny
        others/grype-clean.json | 0 0 0 0 0 | | unknown/unknown
        others/grype-clean.sarif | 0 0 0 0 0 | | allow
        others/grype-clean.cdx.json | 0 0 0 0 0 | | unknown/unknown
        others/osv-image.sarif | 1 0 2 0 0 | | deny
        others/osv-source.sarif | 2 0 2 0 0 | | deny
        others/osv-image.cdx.json | 0 0 1 0 1 | | allow
        others/pip-audit.cdx.json | 0 0 0 0 2 | | allow
        others/checkov.sarif | 0 0 0 0 0 | misconfiguration 36 | unknown/unknown
        others/bandit.sarif | 0 0 0 0 0 | code 7 | unknown/unknown
        others/bandit-clean.sarif | 0 0 0 0 0 | | unknown/unknown
        others/hadolint.sarif | 0 0 0 0 0 | code 10 | unknown/unknown
        others/hadolint-clean.sarif | 0 0 0 0 0 | | unknown/unknown
        others/eslint.sarif | 0 0 0 0 0 | code 4 | unknown/unknown
        others/eslint-clean.sarif | 0 0 0 0 0 | | unknown/unknown
        others/merged.sarif | 0 0 0 0 0 | code 21 | unknown/unknown
        others/cdxgen.cdx.json | 0 0 0 0 0 | | unknown/unknown
        others/cyclonedx-npm.cdx.json | 0 0 0 0 0 | | unknown/unknown
        syft/image.cdx.json | 0 0 0 0 0 | | unknown/unknown
        syft/docker-archive.cdx.json | 0 0 0 0 0 | | unknown/unknown
        syft/dir.cdx.json | 0 0 0 0 0 | | unknown/unknown
        syft/image.spdx.json | 0 0 0 0 0 | | unknown/unknown
        syft/docker-archive.spdx.json | 0 0 0 0 0 | | unknown/unknown
        trivy/image.spdx.json | 0 0 0 0 0 | | unknown/unknown
        datasets/trivy/alpine-310.json.golden | 0 0 4 0 0 | | allow
        datasets/trivy/alpine-39-skip.json.golden | 0 0 0 0 0 | | unknown/allow
        datasets/trivy/centos-7.json.golden | 0 0 1 2 0 | | allow
        datasets/trivy/distroless-base.json.golden | 0 0 2 2 0 | | allow
        datasets/trivy/dotnet.json.golden | 0 1 0 0 0 | | unknown/unknown
        datasets/trivy/gomod-vex.json.golden | 0 0 0 0 4 | | unknown/unknown
        datasets/trivy/license-cyclonedx.json.golden | 0 0 0 0 0 | license 3 | unknown/unknown
        datasets/trivy/npm-with-dev.json.golden | 0 0 1 0 0 | | unknown/unknown
        datasets/trivy/pom.json.golden | 1 1 0 0 0 | | deny
        datasets/trivy/spring4shell-jre8.json.golden | 0 0 0 1 0 | | allow
        sarif/alpine-310.sarif.golden | 0 0 4 0 0 | | allow
        sbom/cdx-SBOM_cern-lhc-vdm-editor-e564943_bom.json | 0 0 0 0 0 | | unknown
        sbom/cdx-SBOM_proton-bridge_proton-bridge-v1.8.0.bom.json | 0 0 0 0 0 | | unknown
        sbom/cdx-VEX_CISA-Use-Cases_Case-1_vex-not_affected.json | 0 0 0 0 0 | | unknown/unknown
        sbom/cdx-VEX_bom.json | 0 0 0 0 0 | | unknown
        sbom/fluentd-multiple-lockfiles.cdx.json.golden | 0 0 0 0 0 | | unknown
        sbom/conda-spdx.json.golden | 0 0 0 0 0 | | unknown/unknown
        """;

    /// <summary>File, and a word of the reason.</summary>
    private const string Refused = """
        trivy/image.github.json | GitHub
        syft/image.github.json | GitHub
        syft/image.cdx.xml | XML
        syft/image.spdx | Send JSON
        others/grype-image.cdx.xml | XML
        others/pip-audit.cdx.xml | XML
        others/bandit.json | known here
        others/hadolint.json | known here
        others/hadolint.gitlab.json | known here
        others/hadolint.codeclimate.json | no JSON
        others/osv-image.json | --format sarif
        others/pip-audit.json | cyclonedx-json
        """;

    private static IEnumerable<string[]> Rows(string table) =>
        table
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries));

    public static TheoryData<string, string, string, string> Reports =>
        [
            .. Rows(Taken)
                .Select(row => new TheoryDataRow<string, string, string, string>(row[0], row[1], row[2], row[3])),
        ];

    public static TheoryData<string, string> NoReports =>
        [.. Rows(Refused).Select(row => new TheoryDataRow<string, string>(row[0], row[1]))];

    private static string PathOf(string file) =>
        file.Split('/') is ["datasets", .. var rest] ? Path.Combine([Recorded.Datasets(), .. rest])
        : file.StartsWith("sbom/", StringComparison.Ordinal) || file.StartsWith("sarif/", StringComparison.Ordinal)
            ? Path.Combine(Recorded.Datasets(), file)
        : Path.Combine(Recorded.Folder(), file);

    [Fact]
    public void No_report_is_left_out()
    {
        var named = Rows(Taken).Concat(Rows(Refused)).Select(row => row[0]).ToHashSet();
        var there = Folders.SelectMany(folder =>
            Directory
                .GetFiles(PathOf(folder + "/"))
                .Select(Path.GetFileName)
                .Where(name => name != "README.md")
                .Select(name => $"{folder}/{name}")
        );
        Assert.Empty(there.Where(file => !named.Contains(file)));
    }

    /// <summary>The reports are of a few images; here each is of one of its own.</summary>
    private static async Task<string> TextAsync(string file, string of) =>
        Digest().Replace(await File.ReadAllTextAsync(PathOf(file)), found => DigestOf(of + found.Value));

    private static string DigestOf(string what) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(what)))}";

    private async Task<JsonElement> PostAsync(HttpClient client, string query, string report)
    {
        using var body = new StringContent(report, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", body);
        var text = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(answer.IsSuccessStatusCode, Encoding.UTF8.GetString(text));
        Assert.True(text.Length <= MostBytes, $"{text.Length} bytes");
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<string> VerdictAsync(HttpClient client, string digest)
    {
        var text = await client.GetByteArrayAsync($"/api/v1/images/{digest}/gate");
        Assert.True(text.Length <= MostBytes, $"{text.Length} bytes");
        return JsonDocument.Parse(text).RootElement.GetProperty("verdict").GetString()!;
    }

    [Theory]
    [MemberData(nameof(Reports))]
    public async Task It_is_taken_in_with_its_counts_and_leads_to_its_verdict(
        string file,
        string counts,
        string others,
        string verdicts
    )
    {
        using var client = await app.ApiAsAsync("automation");
        var digest = DigestOf(file);
        var report = await TextAsync(file, file);
        var taken = await PostAsync(client, $"digest={digest}", report);
        var kinds = taken.GetProperty("kinds").EnumerateArray().ToList();
        var vulnerabilities = kinds.Find(kind => kind.GetProperty("kind").GetString() == "vulnerability");
        Assert.Equal(
            counts,
            vulnerabilities.ValueKind == JsonValueKind.Undefined ? "0 0 0 0 0" : Counts(vulnerabilities)
        );
        Assert.Equal(
            others,
            string.Join(
                ", ",
                kinds
                    .Where(kind => kind.GetProperty("kind").GetString() != "vulnerability" && Total(kind) > 0)
                    .Select(kind => $"{kind.GetProperty("kind").GetString()} {Total(kind)}")
            )
        );
        var verdict = verdicts.Split('/');
        Assert.Equal(verdict[0], taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.Equal(verdict[0], await VerdictAsync(client, digest));
        if (verdict[0] == "unknown")
        {
            Assert.NotEmpty(taken.GetProperty("warnings").EnumerateArray());
        }
        // Whatever nobody rated is named, in the verdict or as another name of what somebody did.
        if (int.Parse(counts.Split(' ')[4], CultureInfo.InvariantCulture) > 0)
        {
            Assert.Contains(
                taken.GetProperty("warnings").EnumerateArray(),
                warning => warning.GetString()!.Contains("nobody rated", StringComparison.Ordinal)
            );
        }
        if (verdict is [_, var told])
        {
            var other = DigestOf($"told {file}");
            await PostAsync(client, $"digest={other}&kinds=vulnerability", await TextAsync(file, $"told {file}"));
            Assert.Equal(told, await VerdictAsync(client, other));
        }

        static int Total(JsonElement kind) => kind.GetProperty("counts").GetProperty("total").GetInt32();

        static string Counts(JsonElement kind) =>
            string.Join(
                ' ',
                new[] { "critical", "high", "medium", "low", "unknown" }.Select(name =>
                    kind.GetProperty("counts").GetProperty(name).GetInt32()
                )
            );
    }

    [Theory]
    [MemberData(nameof(NoReports))]
    public async Task What_is_no_report_is_refused_in_words_that_fit(string file, string words)
    {
        using var client = await app.ApiAsAsync("automation");
        var digest = DigestOf(file);
        using var body = new StringContent(await TextAsync(file, file), Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=vulnerability", body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains(words, problem.GetProperty("detail").GetString());
        Assert.Equal("unknown", await VerdictAsync(client, digest));
    }

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Digest();
}
