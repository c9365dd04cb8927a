using System.Collections.Concurrent;
using System.Security.Cryptography;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>A signing key of the product: ECDSA on P-256.</summary>
/// <param name="Id">Key id, as named in envelopes and in the key set.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
public sealed record ProductKey(string Id, string Purpose, byte[] PublicKey, ECDsa Key)
{
    private readonly Lock gate = new();

    /// <summary>When it was made.</summary>
    public DateTimeOffset MadeAt { get; init; }

    /// <summary>Signature over SHA-256 of <paramref name="data"/>, IEEE P1363 (r‖s, 64 bytes).</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        lock (gate)
        {
            return Key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }
}

/// <summary>What a new key is written beside: the transaction of <paramref name="Store"/>, as of a moment.</summary>
public readonly record struct KeyBeside(Store Store, DateTimeOffset At);

/// <summary>The product's own keys, made once and shared by all dashboards on one store.</summary>
public interface IProductKeys
{
    /// <summary>The key in use for <paramref name="purpose"/>; made at the first call.</summary>
    /// <exception cref="StoreException">The store's keys were sealed under another key file.</exception>
    ValueTask<ProductKey> SigningKeyAsync(string purpose, CancellationToken cancellation = default);

    /// <summary>
    /// The key in use. When there is none it is made as of that moment and written in the transaction that
    /// <paramref name="beside"/> is in: it is there with what is written beside it, or not at all.
    /// </summary>
    /// <exception cref="StoreException">The store's keys were sealed under another key file.</exception>
    ValueTask<ProductKey> SigningKeyAsync(string purpose, KeyBeside beside, CancellationToken cancellation = default);

    /// <summary>A key by its id, also one that was replaced since; null when this store never had it.</summary>
    ValueTask<ProductKey?> FindAsync(string id, CancellationToken cancellation = default);

    /// <summary>All that a purpose has had, as the store has them now; the newest first.</summary>
    Task<IReadOnlyList<ProductKey>> AllAsync(string purpose, CancellationToken cancellation = default);

    /// <summary>Makes a new key for a purpose, which is in use from now on. The old ones stay findable.</summary>
    Task<ProductKey> RenewAsync(string purpose, CancellationToken cancellation = default);

    /// <summary>Makes a new key for a purpose that stands alone: the old ones are gone, since somebody else may have them.</summary>
    Task<ProductKey> ReplaceAsync(string purpose, CancellationToken cancellation = default);
}

public static class KeyPurposes
{
    public const string ActionSigning = "action-signing";
    public const string TokenSigning = "token-signing";
    public const string AuditSigning = "audit-signing";

    /// <summary>What dashboards say to each other is sealed under keys that are derived from it.</summary>
    public const string Wire = "wire";
}

internal sealed class ProductKeys(ProductKeyStore store, StoreKey storeKey, TimeProvider time)
    : IProductKeys,
        IDisposable
{
    private readonly ConcurrentDictionary<string, ProductKey> known = new();
    private readonly ConcurrentDictionary<string, ProductKey> byId = new();

    // Of several dashboards on one store the first to write has made the key; within one nobody need lose that race.
    private readonly SemaphoreSlim making = new(1);

    public async ValueTask<ProductKey> SigningKeyAsync(string purpose, CancellationToken cancellation = default)
    {
        if (known.TryGetValue(purpose, out var key))
        {
            return key;
        }
        await making.WaitAsync(cancellation);
        try
        {
            if (known.TryGetValue(purpose, out key))
            {
                return key;
            }
            var row =
                await store.NewestAsync(purpose, cancellation)
                ?? await store.AddFirstAsync(Make(purpose), cancellation);
            return known.GetOrAdd(purpose, Open(row));
        }
        finally
        {
            making.Release();
        }
    }

    public async ValueTask<ProductKey> SigningKeyAsync(
        string purpose,
        KeyBeside beside,
        CancellationToken cancellation = default
    )
    {
        if (known.TryGetValue(purpose, out var key))
        {
            return key;
        }
        if (await ProductKeyStore.NewestAsync(beside.Store, purpose, cancellation) is { } row)
        {
            return known.GetOrAdd(purpose, Open(row));
        }
        // Not kept: whether it is written at all is known when the transaction ends.
        var made = Make(purpose, beside.At);
        beside.Store.Add(made);
        return Open(made);
    }

    public async ValueTask<ProductKey?> FindAsync(string id, CancellationToken cancellation = default)
    {
        if (byId.TryGetValue(id, out var key))
        {
            return key;
        }
        return await store.FindAsync(id, cancellation) is { } row ? byId.GetOrAdd(id, Open(row)) : null;
    }

    public async Task<IReadOnlyList<ProductKey>> AllAsync(string purpose, CancellationToken cancellation = default)
    {
        var all = new List<ProductKey>();
        foreach (var row in await store.ListAsync(purpose, cancellation))
        {
            all.Add(byId.GetOrAdd(row.Id, _ => Open(row)));
        }
        if (all.Count > 0)
        {
            known[purpose] = all[0];
        }
        return all;
    }

    public async Task<ProductKey> RenewAsync(string purpose, CancellationToken cancellation = default)
    {
        var newest = await SigningKeyAsync(purpose, cancellation);
        var row = await store.AddAsync(Make(purpose), newest.Id, cancellation);
        return known[purpose] = Open(row);
    }

    public async Task<ProductKey> ReplaceAsync(string purpose, CancellationToken cancellation = default)
    {
        var newest = await store.NewestAsync(purpose, cancellation);
        var row = newest is null
            ? await store.AddFirstAsync(Make(purpose), cancellation)
            : await store.AddAsync(Make(purpose), newest.Id, cancellation);
        // Whoever came at the same moment made the same one stand alone.
        await store.RemoveBeforeAsync(row, CancellationToken.None);
        foreach (var old in byId.Where(one => one.Value.Purpose == purpose && one.Key != row.Id).ToList())
        {
            byId.TryRemove(old);
        }
        return known[purpose] = Open(row);
    }

    public void Dispose() => making.Dispose();

    private ProductKeyRow Make(string purpose) => Make(purpose, time.GetUtcNow());

    private ProductKeyRow Make(string purpose, DateTimeOffset at)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var publicKey = key.ExportSubjectPublicKeyInfo();
        return new ProductKeyRow
        {
            Id = Convert.ToHexStringLower(SHA256.HashData(publicKey))[..16],
            Purpose = purpose,
            Generation = 1,
            PublicKey = publicKey,
            SealedPrivateKey = storeKey.Seal(key.ExportPkcs8PrivateKey(), purpose),
            CreatedAt = at,
        };
    }

    private ProductKey Open(ProductKeyRow row)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(storeKey.Open(row.SealedPrivateKey, row.Purpose), out _);
        return new ProductKey(row.Id, row.Purpose, row.PublicKey, key) { MadeAt = row.CreatedAt };
    }
}
