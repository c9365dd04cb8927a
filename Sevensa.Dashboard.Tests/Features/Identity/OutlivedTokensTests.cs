using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.EntityFrameworkCore.Models;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Tables of tokens and tickets have an end, on both stores.</summary>
public abstract class OutlivedTokensTests : AppOnAStore
{
    [Fact]
    public async Task What_nobody_can_use_any_more_is_taken_away_and_what_somebody_can_stays()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        var now = app.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime;
        var (old, recent) = (now.AddDays(-40), now.AddDays(-1));
        await using (var store = await stores.CreateDbContextAsync())
        {
            var ended = Consent("ended", Statuses.Revoked, AuthorizationTypes.Permanent, old);
            var once = Consent("once", Statuses.Valid, AuthorizationTypes.AdHoc, old);
            var given = Consent("given", Statuses.Valid, AuthorizationTypes.Permanent, old);
            var used = Consent("used", Statuses.Valid, AuthorizationTypes.AdHoc, old);
            store.AddRange(ended, once, given, used);
            store.Add(Token("of-used", used, now.AddDays(3)));
            store.Add(Token("lately-ended", given, recent));
            for (var number = 0; number < 130; number++)
            {
                store.Add(Token($"outlived-{number}", number % 2 == 0 ? ended : once, now.AddDays(-20)));
            }
            await store.SaveChangesAsync();
        }
        await app.Services.GetRequiredService<OutlivedRowsWork>().RunAsync(default);
        await using var after = await stores.CreateDbContextAsync();
        var tokens = await after
            .Set<OpenIddictEntityFrameworkCoreToken>()
            .Where(token => token.Subject == "tried")
            .Select(token => token.Id!)
            .ToListAsync();
        Assert.Equal(["lately-ended", "of-used"], tokens.Order(StringComparer.Ordinal));
        var consents = await after
            .Set<OpenIddictEntityFrameworkCoreAuthorization>()
            .Where(consent => consent.Subject == "tried")
            .Select(consent => consent.Id!)
            .ToListAsync();
        Assert.Equal(["given", "used"], consents.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Of_many_tickets_that_are_asked_for_at_once_none_slips_past_the_limit()
    {
        await using var app = await ConfiguredApp.StartAsync(await NewStoreAsync());
        var tickets = app.Services.GetRequiredService<TicketStore>();
        var caller = CallerPrincipal.Of(
            new Caller("somebody", "Somebody", Role.Viewer, true, TenantSet.Of(["rentguy"]), ApiScopes.Read),
            "test"
        );
        for (var number = 0; number < TicketStore.MostPerPerson - 10; number++)
        {
            await tickets.AddAsync(caller, null, default);
        }
        var made = await Task.WhenAll(
            Enumerable
                .Range(0, 40)
                .Select(async _ =>
                {
                    try
                    {
                        await tickets.AddAsync(caller, null, default);
                        return true;
                    }
                    catch (AccountException)
                    {
                        return false;
                    }
                })
        );
        Assert.InRange(made.Count(one => one), 0, 10);
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        Assert.InRange(
            await store.Set<TicketRow>().CountAsync(row => row.Owner == "somebody"),
            TicketStore.MostPerPerson - 10,
            TicketStore.MostPerPerson
        );
    }

    private static OpenIddictEntityFrameworkCoreAuthorization Consent(
        string id,
        string status,
        string type,
        DateTime created
    ) =>
        new()
        {
            Id = id,
            Subject = "tried",
            Status = status,
            Type = type,
            CreationDate = created,
        };

    private static OpenIddictEntityFrameworkCoreToken Token(
        string id,
        OpenIddictEntityFrameworkCoreAuthorization consent,
        DateTime expires
    ) =>
        new()
        {
            Id = id,
            Subject = "tried",
            Status = Statuses.Redeemed,
            Type = TokenTypeHints.RefreshToken,
            CreationDate = expires.AddDays(-14),
            ExpirationDate = expires,
            Authorization = consent,
        };
}

public class SqliteOutlivedTokensTests : OutlivedTokensTests;

public class PostgresOutlivedTokensTests(PostgresCluster cluster) : OutlivedTokensTests, IClassFixture<PostgresCluster>
{
    protected override Task<(string Key, string Value)[]> NewStoreAsync() => NewStoreAsync(cluster);
}
