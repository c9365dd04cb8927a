using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Recordings;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>SPDX lists of parts: of which image they are, and that they are no scans.</summary>
public sealed class SpdxReaderTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static async Task<ScanReport> ReadAsync(string text)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var readers = new ReportReaders([new SpdxReader()]);
        return (await readers.ReadAsync(body, null, TestContext.Current.CancellationToken)).Report;
    }

    private static Task<string> RecordedAsync(string file) =>
        File.ReadAllTextAsync(Path.Combine(Recorded.Folder(), file), TestContext.Current.CancellationToken);

    /// <summary>Another list for each number, so that none is one that was sent before.</summary>
    private static string Spdx(string digest, int number = 0) =>
        $$"""
            {"spdxVersion": "SPDX-2.3", "name": "shop", "creationInfo": {"creators": ["Organization: a", "Tool: syft-1.18.1"], "created": "2026-01-01T00:00:00Z"},
             "packages": [{"name": "registry.example/shop", "SPDXID": "SPDXRef-Root", "versionInfo": "{{digest}}", "primaryPackagePurpose": "CONTAINER"},
                {"name": "zlib", "SPDXID": "SPDXRef-1", "versionInfo": "{{number}}"}],
             "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-Root", "relationshipType": "DESCRIBES"}]}
            """;

    [Fact]
    public async Task The_image_is_named_as_its_maker_names_it_and_never_by_what_was_made_for_an_archive()
    {
        var trivy = await ReadAsync(await RecordedAsync("trivy/image.spdx.json"));
        Assert.Equal(
            ("trivy", "sha256:23c0739ba7fd3d76b45103159ab1faa347c77ff3a6bf7b2aca5c48280066f079", 16),
            (trivy.Scanner, trivy.ImageId, trivy.Listed)
        );
        var syft = await ReadAsync(await RecordedAsync("syft/image.spdx.json"));
        Assert.Equal(("syft", 18), (syft.Scanner, syft.Listed));
        Assert.Equal(["sha256:98efd1a1b67180baee66b4a733b402139d856936b652b54f3892c7cc473bd562"], syft.RepoDigests);
        Assert.Empty((await ReadAsync(await RecordedAsync("syft/docker-archive.spdx.json"))).Digests);
        Assert.Equal("2026-11-28T16:25:53Z", syft.Made);
        Assert.Contains("18 parts", syft.NoScan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_of_many_dashes_is_read_at_once()
    {
        var name = string.Concat(Enumerable.Repeat("-1", 100_000));
        var report = await ReadAsync(
            $$$"""{"spdxVersion": "SPDX-2.3", "creationInfo": {"creators": ["Tool: {{{name}}}!", "Tool: syft-1.18.1"] } }"""
        );
        Assert.Equal("syft", report.Scanner);
    }

    [Theory]
    [InlineData("""{"spdxVersion": "SPDX-1.2"}""", "SPDX-1.2")]
    [InlineData("""{"spdxVersion": "SPDX-3.0"}""", "SPDX-3.0")]
    [InlineData("""{"spdxVersion": "SPDX-2.3", "packages": {}}""", "packages")]
    [InlineData("""{"spdxVersion": "SPDX-2.3", "packages": [7]}""", "packages")]
    public async Task What_is_none_is_refused_with_the_reason(string text, string word)
    {
        var refused = await Assert.ThrowsAsync<UnreadableReportException>(() => ReadAsync(text));
        Assert.Contains(word, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_kept_as_an_inventory_closes_nothing_and_makes_no_image_a_scanned_one()
    {
        var fresh = NewDigest();
        var taken = await PostAsync(app, "kinds=vulnerability", Spdx(fresh));
        Assert.Equal((fresh, true), (taken.GetProperty("digest").GetString(), taken.GetProperty("isNew").GetBoolean()));
        Assert.Contains("1 parts", Words(taken));
        Assert.Empty(taken.GetProperty("kinds").EnumerateArray());
        Assert.Equal("unknown", await VerdictAsync(app, fresh));
        Assert.False((await PostAsync(app, "kinds=vulnerability", Spdx(fresh))).GetProperty("isNew").GetBoolean());

        var denied = NewDigest();
        await PostAsync(app, $"digest={denied}", Trivy("CVE-2030-9"));
        await PostAsync(app, "kinds=vulnerability", Spdx(denied));
        Assert.Equal("deny", await VerdictAsync(app, denied));
        Assert.Equal("open", Assert.Single(await FindingsAsync(app, denied)).GetProperty("state").GetString());

        using var admin = await app.ApiAsAsync("admin");
        var reports = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/scans")).GetProperty("items");
        Assert.Equal(2, reports.EnumerateArray().Count(one => one.GetProperty("format").GetString() == "spdx"));
    }

    [Fact]
    public async Task Of_an_index_that_was_scanned_a_list_makes_no_further_image_that_nobody_scanned()
    {
        var index = NewDigest();
        foreach (var architecture in new[] { "amd64", "arm64" })
        {
            await PostAsync(
                app,
                "kinds=vulnerability",
                $$"""{"SchemaVersion": 2, "Metadata": {"ImageID": "{{NewDigest()}}", "RepoDigests": ["r/shop@{{index}}"], "ImageConfig": {"os": "linux", "architecture": "{{architecture}}"} }, "Results": []}"""
            );
        }
        Assert.Equal("allow", await VerdictAsync(app, index));
        await PostAsync(app, $"digest={index}", Spdx(index, 1));
        Assert.Equal("allow", await VerdictAsync(app, index));
    }
}
