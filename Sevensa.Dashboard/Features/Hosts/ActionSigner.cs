using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Signs actions with the product's action key.</summary>
internal sealed class ActionSigner(IProductKeys keys) : IActionSigner
{
    public async ValueTask<ProductKey> KeyAsync(CancellationToken cancellation) =>
        await keys.SigningKeyAsync(KeyPurposes.ActionSigning, cancellation);

    public async ValueTask<SignedEnvelope> SignAsync(byte[] payload, CancellationToken cancellation)
    {
        var key = await KeyAsync(cancellation);
        return new SignedEnvelope(key.Id, payload, key.Sign(payload));
    }
}
