using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>What the assistant and MCP are told of a tenant's images.</summary>
public class ScanToolsTests
{
    private const int Images = 60;

    private static string Digest(int number) => $"sha256:{number + 0xabc0000:x64}";

    private static string Report(string severity, int findings)
    {
        var found = Enumerable
            .Range(1, findings)
            .Select(number =>
                $$"""{"VulnerabilityID": "CVE-2030-{{number}}", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "{{severity}}"}"""
            );
        return $$"""
            {"SchemaVersion": 2, "ArtifactName": "shop:1",
             "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{string.Join(", ", found)}}]}]}
            """;
    }

    private static async Task<JsonElement> AskAsync(Workshop shop)
    {
        var function = shop
            .Services.GetRequiredService<ScanTools>()
            .ToolsFor(Callers.Operator)
            .Single(tool => tool.Name == "list_findings");
        return (JsonElement)
            (
                await function.InvokeAsync(
                    new AIFunctionArguments { ["tenant"] = "witcom" },
                    TestContext.Current.CancellationToken
                )
            )!;
    }

    [Fact]
    public async Task Of_more_images_than_are_told_the_worst_are_told_whatever_their_names()
    {
        await using var shop = new Workshop(services =>
        {
            services.AddOptions<ScansOptions>();
            ScansFeature.AddScans(services);
            services.AddSingleton<ScanTools>();
        });
        for (var number = 0; number < Images; number++)
        {
            var id = $"{number + 1:x64}";
            shop.Fleet.Put("witcom", $"s{number:00}", $"witcom-s{number:00}", id);
            shop.Fleet.Change(id, facts => facts with { ImageDigest = $"r/shop@{Digest(number)}" });
        }
        // The one before the last is not let pass for more.
        await TakeAsync(Images - 1, Report("CRITICAL", 1));
        await TakeAsync(Images - 2, Report("CRITICAL", 3));
        await TakeAsync(0, Report("LOW", 40));
        await TakeAsync(1, Report("MEDIUM", 40));
        var answer = await AskAsync(shop);
        var images = answer.GetProperty("images").EnumerateArray().ToList();
        Assert.Equal(Images, answer.GetProperty("imagesTotal").GetInt32());
        Assert.InRange(images.Count, 1, Images - 1);
        Assert.Equal(
            [($"s{Images - 2}", "deny"), ($"s{Images - 1}", "deny")],
            images
                .Take(2)
                .Select(image =>
                    (image.GetProperty("services")[0].GetString()!, image.GetProperty("verdict").GetString()!)
                )
        );
        // And so it is with the findings.
        Assert.Equal(
            ["critical", "critical", "critical", "critical", "medium"],
            answer
                .GetProperty("findings")
                .EnumerateArray()
                .Take(5)
                .Select(finding => finding.GetProperty("severity").GetString())
        );

        Task<IntakeAnswer> TakeAsync(int number, string report) =>
            shop
                .Services.GetRequiredService<ScanDesk>()
                .TakeInAsync(
                    Callers.Admin,
                    new ReportSent(new MemoryStream(Encoding.UTF8.GetBytes(report)), Digest: Digest(number)),
                    TestContext.Current.CancellationToken
                );
    }
}
