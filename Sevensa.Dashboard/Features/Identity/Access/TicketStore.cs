using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Access;

internal sealed class TicketRow
{
    public required string Hash { get; init; }

    /// <summary>The person or program of its own.</summary>
    public required string Owner { get; init; }

    /// <summary>The claims of whoever asked for it, as JSON: what they rest on is looked at again when it is shown.</summary>
    public required string Claims { get; init; }

    /// <summary>The one address it opens, its query in order; null for any that takes tickets.</summary>
    public string? Address { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class TicketTable : IEntityTypeConfiguration<TicketRow>
{
    public void Configure(EntityTypeBuilder<TicketRow> builder)
    {
        builder.ToTable("Tickets");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
        builder.Property(row => row.Owner).HasMaxLength(64);
        builder.HasIndex(row => row.Owner);
    }
}

/// <summary>Tickets that stand in for the Authorization header of one WebSocket, which browsers can't set.</summary>
internal sealed class TicketStore(IDbContextFactory<Store> stores, RightsToday rights, TimeProvider time)
    : IOutlivedRows
{
    public const string Parameter = "ticket";
    public const int LongestAddress = 8000;
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    /// <summary>Tickets that one person may have waiting.</summary>
    public const int MostPerPerson = 100;

    /// <param name="address">What it opens: path and query; null for any that takes tickets.</param>
    /// <exception cref="AccountException">The person has as many as they may, or the address is none of this program.</exception>
    public async Task<(string Ticket, DateTimeOffset ExpiresAt)> AddAsync(
        ClaimsPrincipal principal,
        string? address,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var owner = Caller.From(principal)!.Subject;
        var ticket = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = new TicketRow
        {
            Hash = Hash(ticket),
            Owner = owner,
            Claims = JsonSerializer.Serialize(principal.Claims.Select(claim => new Kept(claim.Type, claim.Value))),
            Address = address is null ? null : Ordered(address),
            ExpiresAt = now + Lifetime,
        };
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        // Counted with the new one there, so that of several made at once none slips through.
        if (
            await store.Set<TicketRow>().CountAsync(one => one.Owner == owner && one.ExpiresAt > now, cancellation)
            > MostPerPerson
        )
        {
            await store.Set<TicketRow>().Where(one => one.Hash == row.Hash).ExecuteDeleteAsync(cancellation);
            throw new AccountException(
                $"You have {MostPerPerson} tickets that were not used yet, which is the most. Each ends after {Lifetime.TotalSeconds:0} seconds."
            );
        }
        return (ticket, row.ExpiresAt);
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await stores.RemoveAsync<TicketRow>(row => row.ExpiresAt <= now, row => row.Hash, cancellation);
    }

    /// <summary>Works once, for the address it was made for, while what its owner showed still holds; it reads and does nothing else.</summary>
    public async Task<ClaimsPrincipal?> RedeemAsync(string ticket, HttpRequest request, CancellationToken cancellation)
    {
        var (hash, now) = (Hash(ticket), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<TicketRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(one => one.Hash == hash, cancellation);
        // Whoever deletes the row has the ticket: of two that come at once, one. At a wrong address it is used up too.
        if (
            row is null
            || await store.Set<TicketRow>().Where(one => one.Hash == hash).ExecuteDeleteAsync(cancellation) != 1
            || row.ExpiresAt <= now
            || (row.Address is { } address && address != Ordered(request.Path + request.QueryString))
        )
        {
            return null;
        }
        var claims = JsonSerializer
            .Deserialize<List<Kept>>(row.Claims)!
            .Select(kept => new Claim(kept.Type, kept.Value));
        var then = new ClaimsPrincipal(
            new ClaimsIdentity(claims, Schemes.Bearer, CallerClaims.Name, CallerClaims.Role)
        );
        return await rights.OfAsync(ReadOnly(then), cancellation) is { } today ? ReadOnly(today) : null;
    }

    private static ClaimsPrincipal ReadOnly(ClaimsPrincipal principal) =>
        new(
            new ClaimsIdentity(
                principal.Claims.Select(claim =>
                    claim.Type == CallerClaims.Scopes
                        ? new Claim(
                            claim.Type,
                            ((int)(Caller.From(principal)!.Scopes & ApiScopes.Read)).ToString(
                                System.Globalization.CultureInfo.InvariantCulture
                            )
                        )
                        : claim
                ),
                Schemes.Bearer,
                CallerClaims.Name,
                CallerClaims.Role
            )
        );

    /// <summary>Path and parameters, whatever their order, without the ticket itself.</summary>
    private static string Ordered(string address)
    {
        var mark = address.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? address : address[..mark];
        var query = QueryHelpers.ParseQuery(mark < 0 ? "" : address[mark..]);
        return Uri.UnescapeDataString(path)
            + "\n"
            + string.Join(
                '\n',
                query
                    .Where(pair => pair.Key != Parameter)
                    .SelectMany(pair => pair.Value.Select(value => $"{pair.Key}={value}"))
                    .Order(StringComparer.Ordinal)
            );
    }

    private static string Hash(string ticket) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)));

    private sealed record Kept(string Type, string Value);
}
