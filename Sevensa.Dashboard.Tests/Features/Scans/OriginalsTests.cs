using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Scans.ScansApi;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What was sent as a report is kept, packed, for a time, and given to who sees the report.</summary>
public sealed class OriginalsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static async Task<JsonElement> SendAsync(
        HttpClient client,
        string query,
        byte[] body,
        string? encoding = null
    )
    {
        using var content = new ByteArrayContent(body);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", content);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<int> CountAsync<T>(Func<T, bool> which)
        where T : class
    {
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        return (await store.Set<T>().AsNoTracking().ToListAsync()).Count(which);
    }

    [Fact]
    public async Task It_is_given_back_as_it_was_sent_and_kept_once()
    {
        // Nothing that packs well, so that it takes several pieces.
        var noise = Convert.ToHexString(RandomNumberGenerator.GetBytes(300_000));
        var plain = Encoding.UTF8.GetBytes(Trivy("CVE-2030-9", rest: $", {{\"Target\": \"{noise}\"}}"));
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            await gzip.WriteAsync(plain);
        }
        using var automation = await app.ApiAsAsync("automation");
        var taken = await SendAsync(automation, $"digest={NewDigest()}", packed.ToArray(), "gzip");
        await SendAsync(automation, $"digest={NewDigest()}", plain);
        await SendAsync(automation, $"digest={NewDigest()}", plain);

        var id = taken.GetProperty("id").GetString();
        using var answer = await automation.GetAsync($"/api/v1/scans/{id}/original");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(plain, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal($"\"{Hash(plain)}\"", answer.Headers.ETag?.Tag);

        var listed = (await automation.GetFromJsonAsync<JsonElement>("/api/v1/scans"))
            .GetProperty("items")
            .EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == id);
        Assert.Equal(
            (Hash(plain), plain.Length),
            (listed.GetProperty("sha256").GetString(), listed.GetProperty("bytes").GetInt32())
        );
        var set = "";
        Assert.Equal(1, await CountAsync<OriginalRow>(row => row.Hash == Hash(plain) && (set = row.Set).Length > 0));
        Assert.InRange(await CountAsync<OriginalPieceRow>(row => row.Set == set), 2, 5);
        Assert.Equal(0, await CountAsync<OriginalPieceRow>(row => row.Data.Length is 0 or > PackedOriginal.PieceBytes));
    }

    [Theory]
    [InlineData(
        "sarif",
        """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "grype"}}, "results": [{"ruleId": "CVE-2030-9", "level": "error"}]}]}""",
        "application/sarif+json"
    )]
    [InlineData(
        "cyclonedx",
        """{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"bom-ref": "a", "name": "zlib"}]}""",
        "application/vnd.cyclonedx+json"
    )]
    [InlineData("spdx", """{"spdxVersion": "SPDX-2.3", "packages": [{"name": "zlib"}]}""", "application/spdx+json")]
    public async Task It_is_of_the_type_that_its_format_has(string format, string report, string type)
    {
        using var automation = await app.ApiAsAsync("automation");
        var query = $"digest={NewDigest()}&format={format}";
        var taken = await SendAsync(automation, query, Encoding.UTF8.GetBytes(report));
        using var answer = await automation.GetAsync($"/api/v1/scans/{taken.GetProperty("id").GetString()}/original");
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(report, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Only_who_sees_the_image_and_all_for_whom_it_was_sent_reads_it()
    {
        using var witcom = await ProgramOfAsync(app, "witcom");
        using var rentguy = await ProgramOfAsync(app, "rentguy");
        var taken = await SendAsync(witcom, $"digest={NewDigest()}", Encoding.UTF8.GetBytes(Trivy("CVE-2030-9")));
        var id = taken.GetProperty("id").GetString();
        var address = $"/api/v1/scans/{id}/original";
        using var own = await witcom.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
        using var foreign = await rentguy.GetAsync(address);
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.DoesNotContain(id!, await rentguy.GetStringAsync("/api/v1/scans?limit=1000"), StringComparison.Ordinal);
        Assert.Contains(id!, await witcom.GetStringAsync("/api/v1/scans?tenant=witcom"), StringComparison.Ordinal);
        using var elsewhere = await rentguy.GetAsync("/api/v1/scans?tenant=witcom");
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        using var client = await app.ApiAsAsync("client-witcom");
        using var customer = await client.GetAsync(address);
        Assert.Equal(HttpStatusCode.Forbidden, customer.StatusCode);
        using var none = await witcom.GetAsync("/api/v1/scans/none/original");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        // The page's link; the API takes no cookie, and the page's takes nothing else.
        using var browser = await app.BrowserAsAsync("admin");
        using var linked = await browser.GetAsync($"/scans/{id}/original");
        Assert.Equal(HttpStatusCode.OK, linked.StatusCode);
    }

    [Fact]
    public async Task What_may_hold_the_secrets_that_were_found_is_not_kept()
    {
        const string Report =
            """{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "gitleaks"}}, "results": [{"ruleId": "key", "message": {"text": "found"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": ".env"}, "region": {"startLine": 1, "snippet": {"text": "hunter2"}}}}]}]}]}""";
        using var automation = await app.ApiAsAsync("automation");
        var taken = await SendAsync(automation, $"digest={NewDigest()}", Encoding.UTF8.GetBytes(Report));
        Assert.Contains("not kept", Words(taken));
        using var answer = await automation.GetAsync($"/api/v1/scans/{taken.GetProperty("id").GetString()}/original");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(0, await CountAsync<OriginalRow>(row => row.Hash == Hash(Encoding.UTF8.GetBytes(Report))));
    }

    [Fact]
    public async Task What_was_refused_leaves_nothing()
    {
        using var automation = await app.ApiAsAsync("automation");
        var report = Encoding.UTF8.GetBytes(Trivy("CVE-2030-9", rest: $", {Random.Shared.Next()}"));
        using var content = new ByteArrayContent(report);
        using var refused = await automation.PostAsync($"/api/v1/scans?digest={NewDigest()}", content);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal(0, await CountAsync<OriginalRow>(row => row.Hash == Hash(report)));
    }

    [Fact]
    public async Task The_oldest_go_when_their_time_or_the_room_is_over_and_pieces_of_nothing_go_too()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddYears(1));
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        OriginalStore Kept(int days, int megabytes = 1024) =>
            new(
                stores,
                Options.Create(new ScansOptions { OriginalsDays = days, OriginalsMegabytes = megabytes }),
                time
            );
        async Task<string> KeepAsync(OriginalStore store, byte[] bytes)
        {
            using var original = new PackedOriginal();
            original.Add(bytes);
            await store.KeepAsync(Hash(bytes), original, default);
            return Hash(bytes);
        }

        var store = Kept(days: 30);
        var again = RandomNumberGenerator.GetBytes(700_000);
        var first = await KeepAsync(store, RandomNumberGenerator.GetBytes(10));
        var second = await KeepAsync(store, again);
        Assert.NotNull(await store.FindAsync(first, default));
        // Sent again it is kept for longer; and what is not kept leaves nothing.
        time.Advance(TimeSpan.FromDays(20));
        await KeepAsync(store, again);
        Assert.Null(await store.FindAsync(await KeepAsync(Kept(days: 0), [1]), default));
        var large = RandomNumberGenerator.GetBytes(PackedOriginal.MostBytes + 1);
        Assert.Null(await store.FindAsync(await KeepAsync(store, large), default));
        time.Advance(TimeSpan.FromDays(15));
        await store.RemoveAsync(default);
        Assert.Null(await store.FindAsync(first, default));
        var kept = (await store.FindAsync(second, default))!;
        Assert.NotNull(await store.PieceAsync(kept.Set, kept.Pieces - 1, default));
        var third = await KeepAsync(store, RandomNumberGenerator.GetBytes(700_000));
        await Kept(days: 30, megabytes: 1).RemoveAsync(default);
        Assert.Null(await store.FindAsync(second, default));
        Assert.NotNull(await store.FindAsync(third, default));
        Assert.Equal(0, await CountAsync<OriginalPieceRow>(row => row.Set == kept.Set));
    }
}
