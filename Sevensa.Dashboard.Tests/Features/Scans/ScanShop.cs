using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Duty;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Scans on a real store, with a fleet that a test moves about.</summary>
internal static class ScanShop
{
    private static int number;

    public static Workshop Open(Action<IServiceCollection>? add = null) =>
        new(services =>
        {
            services.AddOptions<ScansOptions>();
            ScansFeature.AddScans(services);
            add?.Invoke(services);
        });

    public static string NewDigest() => $"sha256:{Interlocked.Increment(ref number) + 0xf1d0000:x64}";

    /// <summary>A container of the tenant runs this image now; one of the same service gives way.</summary>
    public static void Run(this Workshop shop, string tenant, string service, string digest, string? tag = null)
    {
        var id = $"{tenant}-{service}";
        shop.Fleet.Put(tenant, service, $"{tenant}-{service}", id);
        shop.Fleet.Change(
            id,
            facts =>
                facts with
                {
                    Image = $"registry.example/{service}:{tag ?? "1"}",
                    ImageDigest = $"r/{service}@{digest}",
                }
        );
    }

    /// <summary>Hands in one of Trivy's reports that has these vulnerabilities.</summary>
    public static async Task ScanAsync(this Workshop shop, string digest, params (string Id, string Severity)[] found)
    {
        var list = string.Join(
            ',',
            found.Select(one =>
                $$"""{"VulnerabilityID": "{{one.Id}}", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "{{one.Severity}}"}"""
            )
        );
        var report =
            $$"""{"SchemaVersion": 2, "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{list}}]}]}""";
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(report));
        await shop
            .Services.GetRequiredService<ScanDesk>()
            .TakeInAsync(
                Callers.Admin,
                new ReportSent(body, Digest: digest, Kinds: "vulnerability"),
                TestContext.Current.CancellationToken
            );
    }

    public static async Task<IReadOnlyList<Finding>> FindingsAsync(
        this Workshop shop,
        FindingFilter filter,
        Caller? caller = null
    ) =>
        (
            await shop
                .Services.GetRequiredService<FindingDesk>()
                .ListAsync(caller ?? Callers.Admin, filter, null, 500, TestContext.Current.CancellationToken)
        ).Items;

    public static Task TurnAsync(this Workshop shop) =>
        shop.Services.GetRequiredService<FindingDuty>().TurnAsync(TestContext.Current.CancellationToken);
}
