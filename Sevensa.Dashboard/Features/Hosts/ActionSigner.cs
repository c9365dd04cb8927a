using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Signs with the action key that a host has pinned. While a host is being given a new one, signing for it waits.</summary>
internal sealed class ActionSigner(IProductKeys keys, HostsStore store) : IActionSigner
{
    private readonly NamedTurns turns = new();

    /// <summary>The key that new hosts pin.</summary>
    public ValueTask<ProductKey> KeyAsync(CancellationToken cancellation) =>
        keys.SigningKeyAsync(KeyPurposes.ActionSigning, cancellation);

    public async ValueTask<SignedEnvelope> SignAsync(string hostId, byte[] payload, CancellationToken cancellation)
    {
        using var turn = await TurnAsync(hostId, cancellation);
        var pinned = await PinnedByAsync(hostId, cancellation) ?? await KeyAsync(cancellation);
        return Envelope(pinned, payload);
    }

    /// <summary>Nobody signs for this host until it is let go.</summary>
    public Task<IDisposable> TurnAsync(string hostId, CancellationToken cancellation) =>
        turns.TakeAsync(hostId, cancellation);

    /// <summary>Null when this store does not have the key that the host trusts.</summary>
    public async ValueTask<ProductKey?> PinnedByAsync(string hostId, CancellationToken cancellation) =>
        await store.FindAsync(hostId, cancellation) is { } host
            ? await keys.FindAsync(host.ActionKeyId, cancellation)
            : null;

    public static SignedEnvelope Envelope(ProductKey key, byte[] payload) => new(key.Id, payload, key.Sign(payload));
}
