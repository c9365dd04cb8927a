using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>A code that was accepted, for as long as it would be right once more.</summary>
internal sealed class UsedCodeRow
{
    /// <summary>SHA-256 (hex) over whose and which it is.</summary>
    public required string Hash { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}

internal sealed class UsedCodeTable : IEntityTypeConfiguration<UsedCodeRow>
{
    public void Configure(EntityTypeBuilder<UsedCodeRow> builder)
    {
        builder.ToTable("UsedCodes");
        builder.HasKey(row => row.Hash);
        builder.Property(row => row.Hash).HasMaxLength(64);
    }
}

/// <summary>Lets what is good for a while be used once, whichever dashboard it comes to.</summary>
internal sealed class UsedCodes(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    /// <returns>False for everybody who comes with it after the first.</returns>
    public async Task<bool> UseAsync(string code, TimeSpan goodFor, CancellationToken cancellation)
    {
        var hash = HashOf(code);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(new UsedCodeRow { Hash = hash, ExpiresAt = time.GetUtcNow() + goodFor });
        try
        {
            await store.SaveChangesAsync(cancellation);
            return true;
        }
        catch (DbUpdateException exception) when (StoreFault.In(exception) is null)
        {
            return false;
        }
    }

    /// <summary>Whether somebody came with it.</summary>
    public async Task<bool> IsUsedAsync(string code, CancellationToken cancellation)
    {
        var (hash, now) = (HashOf(code), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<UsedCodeRow>().AnyAsync(row => row.Hash == hash && row.ExpiresAt > now, cancellation);
    }

    /// <summary>It can be used again: what it was used for was not done.</summary>
    public async Task ForgetAsync(string code, CancellationToken cancellation)
    {
        var hash = HashOf(code);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store.Set<UsedCodeRow>().Where(row => row.Hash == hash).ExecuteDeleteAsync(cancellation);
    }

    /// <summary>Uses it, or uses it anew: the last time counts.</summary>
    public async Task NoteAsync(string code, TimeSpan goodFor, CancellationToken cancellation)
    {
        if (await UseAsync(code, goodFor, cancellation))
        {
            return;
        }
        var (hash, until) = (HashOf(code), time.GetUtcNow() + goodFor);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<UsedCodeRow>()
            .Where(row => row.Hash == hash)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.ExpiresAt, until), cancellation);
    }

    /// <summary>Until when it counts as used; null when it does not.</summary>
    public async Task<DateTimeOffset?> UntilAsync(string code, CancellationToken cancellation)
    {
        var (hash, now) = (HashOf(code), time.GetUtcNow());
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<UsedCodeRow>()
            .Where(row => row.Hash == hash && row.ExpiresAt > now)
            .Select(row => (DateTimeOffset?)row.ExpiresAt)
            .SingleOrDefaultAsync(cancellation);
    }

    private static string HashOf(string code) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)));

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        await stores.RemoveAsync<UsedCodeRow>(row => row.ExpiresAt <= now, row => row.Hash, cancellation);
    }
}
