namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>The dashboard's public action key as this host pinned it.</summary>
/// <param name="PublicKey">SubjectPublicKeyInfo (DER).</param>
internal sealed record PinnedKey(string Id, byte[] PublicKey);
