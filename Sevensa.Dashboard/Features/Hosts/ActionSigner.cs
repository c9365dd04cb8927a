using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

/// <summary>Signs actions with the product's action key.</summary>
internal sealed class ActionSigner : IActionSigner, IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ValueTask<byte[]> PublicKeyAsync(CancellationToken cancellation) => new(key.ExportSubjectPublicKeyInfo());

    public ValueTask<SignedEnvelope> SignAsync(byte[] payload, CancellationToken cancellation) =>
        new(
            new SignedEnvelope(
                ActionKeyId.Of(key.ExportSubjectPublicKeyInfo()),
                payload,
                key.SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            )
        );

    public void Dispose() => key.Dispose();
}
