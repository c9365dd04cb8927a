using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Tests.Features.Actions;
using static Sevensa.Dashboard.Tests.Features.Scans.VexDocuments;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>For whom statements hold, who may take one back, and what the record says of them.</summary>
public sealed class StatementReachTests
{
    private const string Cve = "CVE-2030-1";
    private const string Zlib = "pkg:deb/debian/zlib@1";
    private const string Later = "2026-02-05T10:00:00Z";

    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<IntakeAnswer> SendAsync(Workshop shop, Caller caller, string digest, string document)
    {
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(document));
        return await shop
            .Services.GetRequiredService<ScanDesk>()
            .TakeInAsync(caller, new ReportSent(body, Digest: digest), Cancellation);
    }

    private static string Cleared(string digest, string id = "clears", string at = At) =>
        OpenVex(id, 1, at, Statement("not_affected", Cve, Product(Image(digest), Zlib)));

    private static string Blocked(string digest, int version, string at = Later) =>
        OpenVex("blocks", version, at, Statement("affected", Cve, Product(Image(digest), Zlib), null));

    /// <summary>A later version of the document that blocks, which no longer does.</summary>
    private static string Dropped(int version) => OpenVex("blocks", version, Later);

    private static async Task<string> VerdictAsync(
        Workshop shop,
        string digest,
        Caller? caller = null,
        string? policy = null,
        string? tenant = null
    ) =>
        (
            await shop
                .Services.GetRequiredService<Gate>()
                .AskAsync(caller ?? Callers.Admin, digest, policy, Cancellation, tenant)
        ).Verdict;

    private static async Task<FindingState> StateAsync(Workshop shop) =>
        Assert.Single(await shop.FindingsAsync(new FindingFilter("rentguy"))).State;

    [Fact]
    public async Task What_one_tenant_cleared_before_anybody_ran_the_image_is_open_for_the_next_who_does()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        await SendAsync(shop, Rentguy, digest, Cleared(digest));
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await shop.TurnAsync();
        Assert.Equal(("allow", FindingState.Suppressed), (await VerdictAsync(shop, digest), await StateAsync(shop)));

        shop.Run("witcom", "web", digest);
        // At once, before anything was written.
        Assert.Equal("deny", await VerdictAsync(shop, digest));
        Assert.Equal("deny", await VerdictAsync(shop, digest, Rentguy));
        await shop.TurnAsync();
        Assert.Equal(("deny", FindingState.Open), (await VerdictAsync(shop, digest), await StateAsync(shop)));

        shop.Fleet.Remove("witcom-web");
        await shop.TurnAsync();
        Assert.Equal(("allow", FindingState.Suppressed), (await VerdictAsync(shop, digest), await StateAsync(shop)));
    }

    [Fact]
    public async Task A_tenant_that_runs_and_scans_what_another_cleared_is_told_of_it()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        await SendAsync(shop, Rentguy, digest, Cleared(digest));
        shop.Run("witcom", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        Assert.Equal("deny", await VerdictAsync(shop, digest));
        Assert.Equal("deny", await VerdictAsync(shop, digest, Callers.Person("of-witcom", Role.Operator, "witcom")));
    }

    [Fact]
    public async Task Who_is_about_to_run_it_is_asked_for_too()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await SendAsync(shop, Rentguy, digest, Cleared(digest));
        Assert.Equal("allow", await VerdictAsync(shop, digest));
        Assert.Equal("allow", await VerdictAsync(shop, digest, tenant: "rentguy"));
        Assert.Equal("deny", await VerdictAsync(shop, digest, tenant: "witcom"));
        Assert.Equal("deny", await VerdictAsync(shop, digest, policy: "high", tenant: "witcom"));
    }

    [Fact]
    public async Task What_is_said_for_everybody_holds_for_whoever_comes()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await SendAsync(shop, Callers.Admin, digest, Cleared(digest));
        // The newest is not for all; the one before it still is.
        await SendAsync(shop, Rentguy, digest, Cleared(digest, "ours", Later));
        shop.Run("witcom", "web", digest);
        Assert.Equal("allow", await VerdictAsync(shop, digest));
        await shop.TurnAsync();
        Assert.Equal(FindingState.Suppressed, await StateAsync(shop));
    }

    [Fact]
    public async Task The_same_said_for_the_others_too_holds_for_all_of_them()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await SendAsync(shop, Rentguy, digest, Cleared(digest));
        shop.Run("witcom", "web", digest);
        Assert.Equal("deny", await VerdictAsync(shop, digest));
        var again = await SendAsync(shop, Callers.Operator, digest, Cleared(digest));
        Assert.True(again.IsNew);
        Assert.Equal(("allow", FindingState.Suppressed), (await VerdictAsync(shop, digest), await StateAsync(shop)));
        // And is not narrowed again.
        shop.Fleet.Remove("witcom-web");
        Assert.False((await SendAsync(shop, Rentguy, digest, Cleared(digest))).IsNew);
        shop.Run("witcom", "web", digest);
        Assert.Equal("allow", await VerdictAsync(shop, digest));
    }

    [Fact]
    public async Task Who_sends_it_for_one_of_two_who_run_it_is_told_that_it_clears_nothing()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        shop.Run("witcom", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(Cleared(digest)));
        var taken = await shop
            .Services.GetRequiredService<ScanDesk>()
            .TakeInAsync(Callers.Operator, new ReportSent(body, Digest: digest, Tenant: "rentguy"), Cancellation);
        Assert.Contains(taken.Warnings, one => one.Contains("clears nothing", StringComparison.Ordinal));
        Assert.Equal(("deny", FindingState.Open), (await VerdictAsync(shop, digest), await StateAsync(shop)));
    }

    [Fact]
    public async Task What_blocks_is_taken_back_by_who_may_clear()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        shop.Run("witcom", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await SendAsync(shop, Callers.Operator, digest, Cleared(digest));
        Assert.True((await SendAsync(shop, Rentguy, digest, Blocked(digest, 1))).IsNew);
        Assert.Equal(FindingState.Open, await StateAsync(shop));

        foreach (var taking in (string[])[Dropped(2), Blocked(digest, 2, "2026-01-01T10:00:00Z")])
        {
            var refused = await Assert.ThrowsAsync<ForbiddenException>(() => SendAsync(shop, Rentguy, digest, taking));
            Assert.Contains("takes back", refused.Message, StringComparison.Ordinal);
            Assert.Equal(AuditOutcome.Refused, shop.Audit.Entries[^1].Outcome);
            Assert.Equal(FindingState.Open, await StateAsync(shop));
        }
        // The same again, and a later version that says it still, take nothing back.
        Assert.False((await SendAsync(shop, Rentguy, digest, Blocked(digest, 1))).IsNew);
        Assert.True((await SendAsync(shop, Rentguy, digest, Blocked(digest, 2))).IsNew);
        Assert.Equal(FindingState.Open, await StateAsync(shop));

        Assert.True((await SendAsync(shop, Callers.Operator, digest, Dropped(3))).IsNew);
        Assert.Equal(FindingState.Suppressed, await StateAsync(shop));
    }

    [Fact]
    public async Task What_blocks_for_everybody_is_not_taken_back_by_the_one_who_runs_it_now()
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, (Cve, "CRITICAL"));
        await SendAsync(shop, Callers.Admin, digest, Blocked(digest, 1));
        await Assert.ThrowsAsync<ForbiddenException>(() => SendAsync(shop, Rentguy, digest, Dropped(2)));
        Assert.True((await SendAsync(shop, Callers.Admin, digest, Dropped(2))).IsNew);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_record_names_the_document_and_how_much_it_says(bool fromFolder)
    {
        await using var shop = ScanShop.Open();
        var digest = ScanShop.NewDigest();
        var document = OpenVex(
            "told",
            4,
            At,
            Statement("not_affected", Cve, Product(Image(digest), Zlib)),
            Statement("affected", "CVE-2030-2", Product(Image(digest), Zlib), null)
        );
        if (fromFolder)
        {
            using var body = new MemoryStream(Encoding.UTF8.GetBytes(document));
            await shop
                .Services.GetRequiredService<ScanDesk>()
                .TakeFromFolderAsync(new ReportSent(body, Digest: digest), "vex.json", Cancellation);
        }
        else
        {
            await SendAsync(shop, Callers.Admin, digest, document);
        }
        var told = Assert.Single(shop.Audit.Entries, entry => entry.Action == "scan.received").Detail!;
        Assert.Contains("https://vex.example/told, version 4, 2 statements", told, StringComparison.Ordinal);
        Assert.DoesNotContain("critical", told, StringComparison.Ordinal);
        Assert.Equal(fromFolder, told.Contains("vex.json", StringComparison.Ordinal));
    }
}
