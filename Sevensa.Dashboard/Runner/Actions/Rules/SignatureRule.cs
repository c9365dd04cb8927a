using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Runner.Link;

namespace Sevensa.Dashboard.Runner.Actions.Rules;

/// <summary>Signed with the key that was pinned when this host was enrolled.</summary>
internal sealed class SignatureRule(Func<PinnedKey?> pinned) : IVerifierRule
{
    public ValueTask<Refusal?> CheckAsync(Examination examination, CancellationToken cancellation) =>
        new(
            pinned() is { } key && Holds(key, examination.Envelope)
                ? null
                : new Refusal(
                    "badSignature",
                    "It is not signed with the action key that this host pinned when it was enrolled. Nothing was done. If the dashboard's key was lost, enrol this host again."
                )
        );

    public static bool Holds(PinnedKey key, SignedEnvelope envelope)
    {
        if (
            envelope is not { KeyId: { } id, Payload: { } payload, Signature: { } signature }
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Id), Encoding.UTF8.GetBytes(id))
        )
        {
            return false;
        }
        using var algorithm = ECDsa.Create();
        algorithm.ImportSubjectPublicKeyInfo(key.PublicKey, out _);
        return algorithm.VerifyData(
            payload,
            signature,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
    }
}
