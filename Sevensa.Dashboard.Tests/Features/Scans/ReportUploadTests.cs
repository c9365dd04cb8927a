using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What is read of a report however it is packed and written, and what is refused in words.</summary>
[Collection(SandboxCollection.Name)]
public class ReportUploadTests(SandboxApp app)
{
    [Fact]
    public async Task Compressed_and_utf16_reports_are_read()
    {
        using var client = await app.ApiAsAsync("automation");
        async Task<(HttpStatusCode Status, string Text)> SendAsync(byte[] bytes, string? encoding)
        {
            using var content = new ByteArrayContent(bytes);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }
            using var answer = await client.PostAsync($"/api/v1/scans?digest={NewDigest()}", content);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        var plain = Encoding.UTF8.GetBytes(Trivy("CVE-2030-9"));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(plain);
        }
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(packed.ToArray(), "gzip")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(packed.ToArray(), null)).Status);
        Assert.Equal(
            HttpStatusCode.Created,
            (await SendAsync([0xff, 0xfe, .. Encoding.Unicode.GetBytes(Trivy("CVE-2030-9"))], null)).Status
        );
        Assert.Equal(HttpStatusCode.Created, (await SendAsync([0xef, 0xbb, 0xbf, .. plain], null)).Status);
        using var framed = new MemoryStream();
        await using (var zlib = new ZLibStream(framed, CompressionMode.Compress, leaveOpen: true))
        {
            await zlib.WriteAsync(plain);
        }
        using var bare = new MemoryStream();
        await using (var deflate = new DeflateStream(bare, CompressionMode.Compress, leaveOpen: true))
        {
            await deflate.WriteAsync(plain);
        }
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(framed.ToArray(), "deflate")).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(framed.ToArray(), null)).Status);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(bare.ToArray(), "deflate")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(plain, "deflate")).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(plain, "zstd")).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(plain, "gzip")).Status);
        var (status, text) = await SendAsync(Encoding.UTF8.GetBytes("<bom/>"), null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("Send JSON", text);
        Assert.Contains("--data-binary", (await SendAsync(Encoding.UTF8.GetBytes("--boundary"), null)).Text);
    }

    [Fact]
    public async Task What_is_cut_off_or_not_compressed_as_it_says_is_refused_in_words()
    {
        using var client = await app.ApiAsAsync("automation");
        async Task<string> RefusedAsync(byte[] bytes, string? encoding)
        {
            var digest = NewDigest();
            using var content = new ByteArrayContent(bytes);
            if (encoding is not null)
            {
                content.Headers.ContentEncoding.Add(encoding);
            }
            using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=vulnerability", content);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Equal("unknown", await VerdictAsync(app, digest));
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
        }

        var plain = Encoding.UTF8.GetBytes(Trivy(null));
        foreach (
            var (encoding, pack) in new (string, Func<Stream, Stream>)[]
            {
                ("gzip", to => new GZipStream(to, CompressionMode.Compress, leaveOpen: true)),
                ("deflate", to => new ZLibStream(to, CompressionMode.Compress, leaveOpen: true)),
                ("br", to => new BrotliStream(to, CompressionMode.Compress, leaveOpen: true)),
            }
        )
        {
            using var packed = new MemoryStream();
            await using (var packing = pack(packed))
            {
                await packing.WriteAsync(plain);
            }
            var whole = packed.ToArray();
            // All of the report is there, and what says that it is all of it is not.
            foreach (var cut in new[] { 1, 4, whole.Length / 2 })
            {
                Assert.Contains("unpacked", await RefusedAsync(whole[..^cut], encoding));
            }
            if (encoding == "gzip")
            {
                Assert.Contains("unpacked", await RefusedAsync(whole[..^3], null));
                whole[^6] ^= 0xff;
                Assert.Contains("unpacked", await RefusedAsync(whole, encoding));
            }
            Assert.DoesNotContain(
                "body is empty",
                await RefusedAsync("#!/bin/sh\necho no report"u8.ToArray(), encoding)
            );
            Assert.Contains("unpacked", await RefusedAsync([.. Enumerable.Repeat((byte)'A', 100)], encoding));
        }
        Assert.Contains("body is empty", await RefusedAsync([], null));
        Assert.Contains(
            "Send JSON",
            await RefusedAsync("SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0"u8.ToArray(), null)
        );
        Assert.Contains(
            "VEX",
            await RefusedAsync("""{"@context": "https://openvex.dev/ns/v0.2.0", "statements": []}"""u8.ToArray(), null)
        );
    }

    [Fact]
    public async Task Who_says_that_it_is_packed_again_and_again_is_refused_before_anything_is_unpacked()
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(Trivy(null)));
        var refused = await Assert.ThrowsAsync<UnknownEncodingException>(() =>
            ReportBody.OpenAsync(body, "gzip, br, deflate, gzip", TestContext.Current.CancellationToken)
        );
        Assert.Contains("packed 4 times", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, body.Position);
    }

    [Theory]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "CRITICAL"}]}], "Results": []}"""
    )]
    [InlineData(
        """{"SchemaVersion": 2, "Results": [{"Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "Severity": "CRITICAL", "Severity": "LOW"}]}]}"""
    )]
    [InlineData(
        """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": [{"ruleId": "a"}], "results": []}]}"""
    )]
    public async Task A_member_that_stands_there_twice_is_refused_rather_than_chosen_from(string report)
    {
        var digest = NewDigest();
        using var client = await app.ApiAsAsync("automation");
        using var content = new StringContent(report);
        using var answer = await client.PostAsync($"/api/v1/scans?digest={digest}&kinds=vulnerability", content);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("twice", await answer.Content.ReadAsStringAsync());
        Assert.Equal("unknown", await VerdictAsync(app, digest));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("10:00")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    public async Task A_time_that_is_none_is_named_and_the_report_taken_as_made_now(string time)
    {
        var digest = NewDigest();
        await PostAsync(app, $"digest={digest}&kinds=vulnerability", Trivy(null, at: "2026-01-01T00:00:00Z"));
        var taken = await PostAsync(app, $"digest={digest}", Trivy("CVE-2030-9", at: time));
        Assert.Contains($"\"{time}\"", Words(taken));
        Assert.Equal("deny", taken.GetProperty("gate").GetProperty("verdict").GetString());
        Assert.DoesNotContain(
            "is none at which",
            Words(await PostAsync(app, $"digest={NewDigest()}", Trivy("CVE-2030-9")))
        );
    }

    [Fact]
    public async Task Text_that_is_none_is_refused_and_what_no_store_keeps_is_made_whole()
    {
        using var client = await app.ApiAsAsync("automation");
        foreach (
            var body in new[]
            {
                """{"SchemaVersion":2,"ArtifactName":"a\ud800","Results":[]}"""u8.ToArray(),
                [.. """{"SchemaVersion":2,"ArtifactName":"a"""u8, 0xff, .. "\",\"Results\":[]}"u8],
            }
        )
        {
            using var content = new ByteArrayContent(body);
            using var answer = await client.PostAsync(
                $"/api/v1/scans?digest={NewDigest()}&kinds=vulnerability",
                content
            );
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains("Unicode", await answer.Content.ReadAsStringAsync());
        }
        var digest = NewDigest();
        var title = new string('a', 499) + "\U0001F600";
        await PostAsync(
            app,
            $"digest={digest}&image=a%00b",
            $$"""{"SchemaVersion": 2, "Results": [{"Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "C1", "PkgName": "p\u0000q", "Severity": "LOW", "Title": "{{title}}"}]}]}"""
        );
        var finding = Assert.Single(await FindingsAsync(app, digest));
        Assert.Equal("p\uFFFDq", finding.GetProperty("package").GetString());
        Assert.Equal("a\uFFFDb", finding.GetProperty("image").GetString());
        Assert.Equal(499, finding.GetProperty("title").GetString()!.Length);
    }
}
