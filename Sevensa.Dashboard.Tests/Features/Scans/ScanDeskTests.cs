using System.IO.Compression;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Reports and decisions of several people at once, on a real store.</summary>
public class ScanDeskTests : OnAStore
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");
    private static readonly Caller Witcom = Callers.Person("of-witcom", Role.Operator, "witcom");
    private static int number;

    private static string NewDigest() => $"sha256:{Interlocked.Increment(ref number) + 0xde50000:x64}";

    private static void Scans(IServiceCollection services)
    {
        services.AddOptions<ScansOptions>();
        ScansFeature.AddScans(services);
    }

    private async Task<Workshop> ScannersAsync() => new(Scans, postgres: await DatabaseAsync());

    private static ReportSent Sent(string report, string? digest = null, string? kinds = null) =>
        new(new MemoryStream(Encoding.UTF8.GetBytes(report)), Digest: digest, Kinds: kinds);

    private static Task<IntakeAnswer> TakeAsync(Workshop shop, Caller caller, ReportSent sent) =>
        shop.Services.GetRequiredService<ScanDesk>().TakeInAsync(caller, sent, CancellationToken.None);

    private static string Trivy(string id, string? imageId = null, string? index = null)
    {
        var about = $"\"ImageID\": \"{imageId}\", \"RepoDigests\": [{(index is null ? "" : $"\"r/shop@{index}\"")}]";
        return $$"""
            {"SchemaVersion": 2, "ArtifactName": "shop:1", "Metadata": { {{(imageId is null ? "" : about)}} },
             "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{"VulnerabilityID": "{{id}}", "PkgName": "zlib", "InstalledVersion": "1", "Severity": "CRITICAL"}]}]}
            """;
    }

    private static string Grype(string id, string imageId, string manifest) =>
        $$"""
            {"matches": [{"vulnerability": {"id": "{{id}}", "severity": "Critical"}, "artifact": {"name": "tar", "version": "1", "type": "deb"} }],
             "source": {"target": {"imageID": "{{imageId}}", "manifestDigest": "{{manifest}}", "repoDigests": ["r/shop@{{manifest}}"]} }, "descriptor": {} }
            """;

    [Fact]
    public async Task Reports_of_one_image_by_different_names_at_once_make_one_image()
    {
        await using var shop = await ScannersAsync();
        await using var other = new Workshop(Scans, sharing: shop);
        // Two dashboards share a store only where it is a server.
        var second = await OnPostgresAsync(shop) ? other : shop;
        for (var round = 0; round < 15; round++)
        {
            var (id, index, manifest) = (NewDigest(), NewDigest(), NewDigest());
            await Task.WhenAll(
                Task.Run(() => TakeAsync(shop, Callers.Admin, Sent(Trivy("CVE-2030-1", id, index)))),
                Task.Run(() => TakeAsync(second, Callers.Admin, Sent(Grype("CVE-2030-2", id, manifest)))),
                Task.Run(() => TakeAsync(second, Callers.Admin, Sent(Trivy("CVE-2030-1", id), manifest)))
            );
            var known = await shop.Services.GetRequiredService<ImageStore>().KnownAsync([id, index, manifest], default);
            Assert.Equal([id, index, manifest], Assert.Single(known).Digests.Order().ToArray());
            foreach (var name in new[] { id, index, manifest })
            {
                var verdict = await shop
                    .Services.GetRequiredService<Gate>()
                    .AskAsync(Callers.Admin, name, "critical", default);
                Assert.Equal(("deny", 2), (verdict.Verdict, verdict.Total));
            }
        }
    }

    [Fact]
    public async Task Of_two_tenants_who_report_on_an_image_at_once_it_is_one_tenants()
    {
        await using var shop = await ScannersAsync();
        await using var other = new Workshop(Scans, sharing: shop);
        var second = await OnPostgresAsync(shop) ? other : shop;
        for (var round = 0; round < 15; round++)
        {
            var digest = NewDigest();
            async Task<bool> MayAsync(Workshop at, Caller caller, string id)
            {
                try
                {
                    await TakeAsync(at, caller, Sent(Trivy(id), digest));
                    return true;
                }
                catch (ForbiddenException)
                {
                    return false;
                }
            }

            var first = Task.Run(() => MayAsync(shop, Rentguy, "CVE-2030-1"));
            var last = Task.Run(() => MayAsync(second, Witcom, "CVE-2030-2"));
            Assert.NotEqual(await first, await last);
            var gate = shop.Services.GetRequiredService<Gate>();
            var owner = await first ? Rentguy : Witcom;
            Assert.Equal(1, (await gate.AskAsync(owner, digest, null, default)).Total);
            Assert.Equal(
                "unknown",
                (await gate.AskAsync(await first ? Witcom : Rentguy, digest, null, default)).Verdict
            );
        }
        Assert.Equal(15, shop.Audit.Entries.Count(entry => entry.Action == "scan.refused"));
        Assert.Equal(15, shop.Audit.Entries.Count(entry => entry.Action == "scan.received"));
    }

    [Fact]
    public async Task Nobody_reads_what_another_tenant_calls_an_image()
    {
        await using var shop = await ScannersAsync();
        foreach (var first in new[] { Rentguy, Witcom, Callers.Admin })
        {
            var digest = NewDigest();
            foreach (var tenant in new[] { "rentguy", "witcom" })
            {
                var id = digest[^10..] + tenant;
                shop.Fleet.Put(tenant, "s", tenant, id);
                shop.Fleet.Change(
                    id,
                    facts => facts with { Image = $"registry.{tenant}.example/secret:1", ImageDigest = $"r@{digest}" }
                );
            }
            foreach (var caller in new[] { first, Rentguy, Witcom, Callers.Admin })
            {
                var taken = await TakeAsync(shop, caller, Sent(Trivy($"CVE-2030-{number++}"), digest));
                IsOwn(caller, taken.Image);
                IsOwn(caller, await ShownAsync(caller));
            }
            // A name that one of them gave is theirs alone, also when it is given last.
            await TakeAsync(shop, Witcom, Sent(Trivy("CVE-2031-1"), digest) with { Image = "witcom-by-hand" });
            IsOwn(Rentguy, await ShownAsync(Rentguy));
            // And when the other's container has gone.
            shop.Fleet.Remove(digest[^10..] + "rentguy");
            shop.Fleet.Remove(digest[^10..] + "witcom");
            if (first == Rentguy)
            {
                IsOwn(Rentguy, await ShownAsync(Rentguy));
            }

            async Task<string> ShownAsync(Caller caller)
            {
                var page = await shop
                    .Services.GetRequiredService<FindingDesk>()
                    .ListAsync(caller, new FindingFilter(), null, 1000, default);
                return page.Items.First(item => item.ImageDigest == digest).Image;
            }

            static void IsOwn(Caller caller, string name) =>
                Assert.True(
                    caller.Tenants.IsAll
                        || !name.Contains(caller == Rentguy ? "witcom" : "rentguy", StringComparison.Ordinal),
                    $"{caller.Name} reads {name}"
                );
        }
    }

    private static async Task<bool> OnPostgresAsync(Workshop shop)
    {
        await using var store = await shop
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        return store.Database.IsNpgsql();
    }

    private static async Task<string> FindingAsync(Workshop shop, string digest)
    {
        var known = await shop.Services.GetRequiredService<ImageStore>().KnownAsync([digest], default);
        return Assert
            .Single(await shop.Services.GetRequiredService<ScanStore>().FindingsOfAsync(known[0].Row.Id, default))
            .Id;
    }

    private static Task<Finding> DecideAsync(
        Workshop shop,
        Caller caller,
        string id,
        string decision,
        string? reason
    ) => shop.Services.GetRequiredService<FindingDesk>().DecideAsync(caller, id, decision, reason, null, default);

    [Theory]
    [InlineData("accept")]
    [InlineData("fixed")]
    [InlineData("reopen")]
    public async Task Every_decision_is_a_persons_with_a_reason_who_sees_all_whom_it_concerns(string decision)
    {
        await using var shop = await ScannersAsync();
        var digest = NewDigest();
        foreach (var tenant in new[] { "rentguy", "witcom" })
        {
            var id = digest[^10..] + tenant;
            shop.Fleet.Put(tenant, "shop", $"{tenant}-shop", id);
            shop.Fleet.Change(id, facts => facts with { ImageDigest = $"r/shop@{digest}" });
        }
        await TakeAsync(shop, Callers.Operator, Sent(Trivy("CVE-2030-1"), digest));
        var finding = await FindingAsync(shop, digest);
        var before = shop.Audit.Entries.Count;

        await Assert.ThrowsAsync<ForbiddenException>(() => DecideAsync(shop, Rentguy, finding, decision, "seen"));
        var program = Callers.Operator with { IsPerson = false };
        await Assert.ThrowsAsync<ForbiddenException>(() => DecideAsync(shop, program, finding, decision, "seen"));
        await Assert.ThrowsAsync<UndecidableException>(() =>
            DecideAsync(shop, Callers.Operator, finding, decision, "  ")
        );
        await Assert.ThrowsAsync<UnknownFindingException>(() =>
            DecideAsync(shop, Callers.Stranger, finding, decision, "seen")
        );
        Assert.Equal(before, shop.Audit.Entries.Count);

        var decided = await DecideAsync(shop, Callers.Operator, finding, decision, "seen");
        Assert.Equal("seen", decided.Reason);
        Assert.Equal(2, decided.Containers.Count);
    }

    [Fact]
    public async Task A_statement_that_clears_something_is_taken_from_who_sees_all_whom_it_concerns()
    {
        await using var shop = await ScannersAsync();
        var digest = NewDigest();
        await TakeAsync(shop, Callers.Operator, Sent(Trivy("CVE-2030-1"), digest));
        string Says(string status) =>
            VexDocuments.OpenVex(
                $"{digest}-{status}",
                1,
                status == "not_affected" ? "2026-02-02T10:00:00Z" : VexDocuments.At,
                VexDocuments.Statement(
                    status,
                    "CVE-2030-1",
                    VexDocuments.Product(VexDocuments.Image(digest), "pkg:deb/debian/zlib@1")
                )
            );
        foreach (var tenant in new[] { "rentguy", "witcom" })
        {
            var id = digest[^10..] + tenant;
            shop.Fleet.Put(tenant, "shop", $"{tenant}-shop", id);
            shop.Fleet.Change(id, facts => facts with { ImageDigest = $"r/shop@{digest}" });
        }
        var refused = await Assert.ThrowsAsync<ForbiddenException>(() =>
            TakeAsync(shop, Rentguy, Sent(Says("not_affected")))
        );
        Assert.Contains("does not count", refused.Message, StringComparison.Ordinal);
        Assert.Equal("scan.refused", shop.Audit.Entries[^1].Action);
        // That it is looked into concerns nobody but who says it.
        await TakeAsync(shop, Rentguy, Sent(Says("under_investigation")));
        Assert.Equal(Presence.Seen, (await RowAsync()).Presence);
        await TakeAsync(shop, Callers.Operator, Sent(Says("not_affected")));
        Assert.Contains("not_affected", shop.Audit.Entries[^1].Detail, StringComparison.Ordinal);
        var row = await RowAsync();
        Assert.Equal((Presence.Suppressed, VexStatus.NotAffected), (row.Presence, row.Stated));

        async Task<FindingRow> RowAsync()
        {
            var scans = shop.Services.GetRequiredService<ScanStore>();
            var known = await shop.Services.GetRequiredService<ImageStore>().KnownAsync([digest], default);
            return Assert.Single(await scans.FindingsOfAsync(known[0].Row.Id, default));
        }
    }

    [Fact]
    public async Task What_was_sent_is_read_back_from_the_store()
    {
        await using var shop = await ScannersAsync();
        var report = Trivy("CVE-2030-1");
        var taken = await TakeAsync(shop, Rentguy, Sent(report, NewDigest()));
        var desk = shop.Services.GetRequiredService<ReportDesk>();
        var (_, original) = await desk.OpenAsync(Rentguy, taken.Id, default);
        await using var pieces = new Pieces(shop.Services.GetRequiredService<OriginalStore>(), original);
        await using var unpacked = new GZipStream(pieces, CompressionMode.Decompress);
        using var text = new StreamReader(unpacked);
        Assert.Equal(report, await text.ReadToEndAsync());
        await Assert.ThrowsAsync<UnknownReportException>(() => desk.OpenAsync(Witcom, taken.Id, default));
        Assert.Equal([taken.Id], (await desk.ListAsync(Rentguy, null, null, 10, default)).Items.Select(one => one.Id));
        Assert.Empty((await desk.ListAsync(Witcom, null, null, 10, default)).Items);
    }

    [Fact]
    public async Task What_several_own_and_nobody_runs_is_not_decided_by_one_of_them()
    {
        await using var shop = await ScannersAsync();
        var digest = NewDigest();
        await TakeAsync(shop, Callers.Operator, Sent(Trivy("CVE-2030-1"), digest));
        var finding = await FindingAsync(shop, digest);
        await Assert.ThrowsAsync<ForbiddenException>(() => DecideAsync(shop, Rentguy, finding, "fixed", "seen"));
        Assert.Equal(FindingState.Fixed, (await DecideAsync(shop, Callers.Operator, finding, "fixed", "seen")).State);
    }

    [Fact]
    public async Task A_list_of_many_tenants_asks_the_store_as_often_as_one_of_one()
    {
        var opened = 0;
        await using var shop = new Workshop(services =>
        {
            Scans(services);
            services.AddSingleton<IDbContextFactory<Store>>(provider => new StoreFactory<SqliteStore>(
                provider.GetRequiredService<IDbContextFactory<SqliteStore>>(),
                () => Interlocked.Increment(ref opened)
            ));
        });
        foreach (var caller in new[] { Rentguy, Witcom })
        {
            await TakeAsync(shop, caller, Sent(Trivy("CVE-2030-1"), NewDigest()));
        }
        async Task<(int Findings, int Opened)> ListAsync(Caller caller)
        {
            var before = opened;
            var page = await shop
                .Services.GetRequiredService<FindingDesk>()
                .ListAsync(caller, new FindingFilter(), null, 10, default);
            return (page.Items.Count, opened - before);
        }

        var (one, forOne) = await ListAsync(Rentguy);
        var (two, forTwo) = await ListAsync(Callers.Operator);
        Assert.Equal((1, 2), (one, two));
        Assert.Equal(forOne, forTwo);
    }
}

public class PostgresScanDeskTests(PostgresCluster cluster) : ScanDeskTests, IClassFixture<PostgresCluster>
{
    protected override Task<string?> DatabaseAsync() => DatabaseAsync(cluster);
}
