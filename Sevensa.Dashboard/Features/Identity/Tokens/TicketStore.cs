using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

internal sealed class TicketRow
{
    public required string Hash { get; init; }
    public required string Caller { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class TicketTable : IEntityTypeConfiguration<TicketRow>
{
    public void Configure(EntityTypeBuilder<TicketRow> builder)
    {
        builder.ToTable("Tickets");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
    }
}

/// <summary>Tickets that stand in for the Authorization header of one WebSocket, which browsers can't set.</summary>
internal sealed class TicketStore(IDbContextFactory<Store> stores, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    public async Task<(string Ticket, DateTimeOffset ExpiresAt)> AddAsync(Caller caller, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var ticket = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<TicketRow>().Where(row => row.ExpiresAt <= now).ExecuteDeleteAsync(cancellation);
        var row = new TicketRow
        {
            Hash = Hash(ticket),
            Caller = JsonSerializer.Serialize(Kept.Of(caller)),
            ExpiresAt = now + Lifetime,
        };
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        return (ticket, row.ExpiresAt);
    }

    /// <summary>Works once.</summary>
    public async Task<Caller?> RedeemAsync(string ticket, CancellationToken cancellation)
    {
        var (hash, now) = (Hash(ticket), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<TicketRow>()
            .AsNoTracking()
            .SingleOrDefaultAsync(one => one.Hash == hash, cancellation);
        // Whoever deletes the row has the ticket: of two that come at once, one.
        return
            row is not null
            && row.ExpiresAt > now
            && await store.Set<TicketRow>().Where(one => one.Hash == hash).ExecuteDeleteAsync(cancellation) == 1
            ? JsonSerializer.Deserialize<Kept>(row.Caller)!.ToCaller()
            : null;
    }

    private static string Hash(string ticket) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)));

    private sealed record Kept(
        string Subject,
        string Name,
        Role Role,
        bool IsPerson,
        IReadOnlyList<string> Tenants,
        ApiScopes Scopes,
        string? Client
    )
    {
        public static Kept Of(Caller caller) =>
            new(
                caller.Subject,
                caller.Name,
                caller.Role,
                caller.IsPerson,
                [.. caller.Tenants.Ids],
                caller.Scopes,
                caller.Client
            );

        public Caller ToCaller() =>
            new(
                Subject,
                Name,
                Role,
                IsPerson,
                Role == Role.Admin ? TenantSet.All : TenantSet.Of(Tenants),
                Scopes,
                Client
            );
    }
}
