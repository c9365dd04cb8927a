using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Protocol;

/// <summary>Whether an envelope was signed with a key: ECDSA P-256 with SHA-256, IEEE P1363 form, over exactly its bytes.</summary>
public static class ActionSignature
{
    /// <param name="keyId">Name of the key that is trusted, as <see cref="ActionKeyId"/> makes it.</param>
    /// <param name="publicKey">That key: SubjectPublicKeyInfo (DER).</param>
    /// <param name="envelope">As it came; any of it may be missing.</param>
    public static bool Holds(string keyId, ReadOnlySpan<byte> publicKey, SignedEnvelope envelope)
    {
        if (
            envelope is not { KeyId: { } id, Payload: { } payload, Signature: { } signature }
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(keyId), Encoding.UTF8.GetBytes(id))
        )
        {
            return false;
        }
        using var algorithm = ECDsa.Create();
        algorithm.ImportSubjectPublicKeyInfo(publicKey, out _);
        return algorithm.VerifyData(
            payload,
            signature,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );
    }
}
