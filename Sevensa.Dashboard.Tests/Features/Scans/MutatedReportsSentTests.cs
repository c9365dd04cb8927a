using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Broken reports over the API: what is refused leaves nothing, and no answer is an error of the program's own.</summary>
public sealed class MutatedReportsSentTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task What_is_refused_leaves_nothing_and_what_is_taken_in_is_there_whole()
    {
        using var automation = await app.ApiAsAsync("automation");
        var random = new Random(MutatedReports.Seed);
        string[] names =
        [
            "trivy/image-secret-only.json",
            "others/grype-only-fixed.json",
            "trivy/image.spdx.json",
            "openvex",
            "csaf",
        ];
        foreach (var name in names)
        {
            var reports = new MutatedReports(MutatedReports.Sample(name));
            for (var number = 0; number < 60; number++)
            {
                var digest = ScansApi.NewDigest();
                var before = await CountAsync();
                using var content = new ByteArrayContent(reports.Next(random));
                using var answer = await automation.PostAsync(
                    $"/api/v1/scans?digest={digest}&kinds=vulnerability",
                    content
                );
                var told = await answer.Content.ReadAsStringAsync();
                Assert.True((int)answer.StatusCode is 200 or 201 or 403 or 413 or 422, $"{answer.StatusCode} {told}");
                if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created))
                {
                    Assert.Equal(before, await CountAsync());
                }
                else if (JsonElement.Parse(told).GetProperty("isNew").GetBoolean())
                {
                    using var original = await automation.GetAsync(
                        $"/api/v1/scans/{JsonElement.Parse(told).GetProperty("id").GetString()}/original"
                    );
                    Assert.Equal(HttpStatusCode.OK, original.StatusCode);
                }
            }
        }
        Assert.Equal("unknown", await ScansApi.VerdictAsync(app, ScansApi.NewDigest()));

        async Task<(int, int, int)> CountAsync()
        {
            await using var store = await app
                .Services.GetRequiredService<IDbContextFactory<Store>>()
                .CreateDbContextAsync();
            return (
                await store.Set<ScanReportRow>().CountAsync(),
                await store.Set<ScannedImageRow>().CountAsync(),
                await store.Set<FindingRow>().CountAsync()
            );
        }
    }
}
