using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Scans.Saved;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Who answers for findings, what is said of them, many at once, and what somebody looks for again.</summary>
public class FindingDeedsTests
{
    private static readonly Caller Rentguy = Callers.Person("of-rentguy", Role.Operator, "rentguy");
    private static readonly Caller Witcom = Callers.Person("of-witcom", Role.Operator, "witcom");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static FindingDeeds Deeds(Workshop shop) => shop.Services.GetRequiredService<FindingDeeds>();

    /// <summary>Findings of an image that rentguy runs.</summary>
    private static async Task<(Workshop Shop, IReadOnlyList<Finding> Findings)> WithFindingsAsync(int count)
    {
        var shop = ScanShop.Open();
        var people = (StubPeople)shop.Services.GetRequiredService<IPeople>();
        (people.Changed[Rentguy.Subject], people.Changed[Witcom.Subject]) = (Rentguy, Witcom);
        people.Changed[Callers.Client.Subject] = Callers.Client;
        var digest = ScanShop.NewDigest();
        shop.Run("rentguy", "web", digest);
        await shop.ScanAsync(digest, [.. Enumerable.Range(1, count).Select(n => ($"CVE-2030-{n}", "HIGH"))]);
        return (shop, await shop.FindingsAsync(new FindingFilter("rentguy")));
    }

    [Fact]
    public async Task An_owner_is_an_account_that_sees_the_tenant_and_can_be_looked_for()
    {
        var (shop, findings) = await WithFindingsAsync(2);
        await using var _ = shop;
        var id = findings[0].Id;
        foreach (var other in new[] { Witcom.Subject, Callers.Client.Subject })
        {
            await Assert.ThrowsAsync<UndecidableException>(() =>
                Deeds(shop).AssignAsync(Rentguy, id, other, Cancellation)
            );
        }
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            Deeds(shop).AssignAsync(Callers.Viewer, id, "me", Cancellation)
        );
        await Assert.ThrowsAsync<UnknownFindingException>(() =>
            Deeds(shop).AssignAsync(Witcom, id, "me", Cancellation)
        );
        var owned = await Deeds(shop).AssignAsync(Rentguy, id, "me", Cancellation);
        Assert.Equal(new FindingOwner(Rentguy.Subject, Rentguy.Name), owned.Owner);
        Assert.Equal([id], await IdsAsync("me", Rentguy));
        Assert.Equal([id], await IdsAsync(Rentguy.Subject, Callers.Admin));
        Assert.Empty(await IdsAsync("me", Callers.Admin));
        Assert.Equal([findings[1].Id], await IdsAsync("none", Rentguy));

        Assert.Null((await Deeds(shop).AssignAsync(Rentguy, id, "", Cancellation)).Owner);
        Assert.Empty(await IdsAsync("me", Rentguy));
        Assert.Equal(2, shop.Audit.Entries.Count(entry => entry.Action == "finding.assigned" && entry.Target == id));

        async Task<IEnumerable<string>> IdsAsync(string owner, Caller caller) =>
            (await shop.FindingsAsync(new FindingFilter("rentguy", Owner: owner), caller)).Select(one => one.Id);
    }

    [Fact]
    public async Task Who_sees_but_a_part_of_those_who_run_it_gives_it_no_owner()
    {
        var (shop, findings) = await WithFindingsAsync(1);
        await using var _ = shop;
        shop.Run("witcom", "web", findings[0].ImageDigest);
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            Deeds(shop).AssignAsync(Rentguy, findings[0].Id, "me", Cancellation)
        );
        await Assert.ThrowsAsync<ForbiddenException>(() =>
            Deeds(shop).CommentAsync(Rentguy, findings[0].Id, "ours alone?", Cancellation)
        );
    }

    [Fact]
    public async Task Everything_that_was_done_stands_in_the_history_in_its_order()
    {
        var (shop, findings) = await WithFindingsAsync(1);
        await using var _ = shop;
        var id = findings[0].Id;
        await Deeds(shop).CommentAsync(Rentguy, id, "asked the vendor", Cancellation);
        await Deeds(shop).AssignAsync(Rentguy, id, "me", Cancellation);
        var last = await Deeds(shop).CommentAsync(Rentguy, id, "patch on Friday", Cancellation);
        Assert.Equal("patch on Friday", last.Comment);
        var whole = await shop.Services.GetRequiredService<FindingDesk>().FindAsync(Rentguy, id, Cancellation);
        Assert.Equal(
            [
                (FindingDeed.Commented, "asked the vendor"),
                (FindingDeed.Assigned, Rentguy.Name),
                (FindingDeed.Commented, "patch on Friday"),
            ],
            whole.History.Select(change => (change.Deed, change.Reason!))
        );
        Assert.All(whole.History, change => Assert.Equal(Rentguy.Name, change.By));
        await Assert.ThrowsAsync<UndecidableException>(() => Deeds(shop).CommentAsync(Rentguy, id, "  ", Cancellation));
        await Assert.ThrowsAsync<TextTooLongException>(() =>
            Deeds(shop).CommentAsync(Rentguy, id, new string('x', 2001), Cancellation)
        );
    }

    [Fact]
    public async Task Of_many_at_once_each_is_done_or_refused_by_itself()
    {
        var (shop, findings) = await WithFindingsAsync(3);
        await using var _ = shop;
        var asked = new BulkAsked(
            [findings[0].Id, "nothing", findings[1].Id, findings[0].Id],
            "accept",
            "behind the proxy",
            shop.Time.GetUtcNow().AddDays(5),
            Rentguy.Subject,
            "until the next release"
        );
        var done = await Deeds(shop).ManyAsync(Rentguy, asked, Cancellation);
        Assert.Equal((2, 1), (done.Changed, done.Refused));
        Assert.Equal("nothing", Assert.Single(done.Findings, one => !one.Changed).Id);
        var accepted = await shop.FindingsAsync(new FindingFilter("rentguy", State: FindingState.Accepted));
        Assert.Equal(2, accepted.Count);
        Assert.All(
            accepted,
            one => Assert.Equal((Rentguy.Subject, "until the next release"), (one.Owner?.Id, one.Comment))
        );
        Assert.Equal(2, shop.Audit.Entries.Count(entry => entry.Action == "finding.accepted"));
        // A comment alone needs no decision; nothing at all, or too many, is refused as a whole.
        var comment = new BulkAsked([findings[2].Id], null, null, null, null, "seen");
        Assert.Equal(1, (await Deeds(shop).ManyAsync(Rentguy, comment, Cancellation)).Changed);
        foreach (var wrong in new[] { comment with { Ids = [] }, comment with { Comment = null }, TooMany(comment) })
        {
            await Assert.ThrowsAsync<UndecidableException>(() => Deeds(shop).ManyAsync(Rentguy, wrong, Cancellation));
        }

        static BulkAsked TooMany(BulkAsked asked) =>
            asked with
            {
                Ids = [.. Enumerable.Range(0, FindingDeeds.MostAtOnce + 1).Select(n => $"f{n}")],
            };
    }

    [Fact]
    public async Task A_saved_filter_is_its_persons_own_and_an_address()
    {
        await using var shop = ScanShop.Open();
        var filters = shop.Services.GetRequiredService<SavedFilters>();
        var saved = await filters.SaveAsync(
            Rentguy,
            new SavedFilterAsked("Mine, late", "rentguy", "?owner=me&finding=f1&overdue=true&state=all"),
            Cancellation
        );
        Assert.Equal("/tenants/rentguy/scans?state=all&owner=me&overdue=true", saved.Url);
        // The same name takes the new filter.
        await filters.SaveAsync(Rentguy, new SavedFilterAsked("Mine, late", "rentguy", "owner=me"), Cancellation);
        var own = await ListAsync(Rentguy);
        Assert.Equal("owner=me", Assert.Single(own).Query);
        Assert.Empty(await ListAsync(Callers.Operator));

        await Assert.ThrowsAsync<UnknownTenantException>(() =>
            filters.SaveAsync(Witcom, new SavedFilterAsked("x", "rentguy", ""), Cancellation)
        );
        await Assert.ThrowsAsync<UnknownSavedFilterException>(() =>
            filters.RemoveAsync(Callers.Operator, own[0].Id, Cancellation)
        );
        // Who lost the tenant sees none of it any more.
        Assert.Empty(await ListAsync(Rentguy with { Tenants = TenantSet.Of(["witcom"]) }));
        await filters.RemoveAsync(Rentguy, own[0].Id, Cancellation);
        Assert.Empty(await ListAsync(Rentguy));

        async Task<IReadOnlyList<SavedFilter>> ListAsync(Caller caller) =>
            (await filters.ListAsync(caller, null, new PageAsked(null, null), Cancellation)).Items;
    }
}
