namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>When and how a person proved who they are.</summary>
/// <param name="At">Null where a provider vouches for them and does not say when: that proves nothing of late.</param>
/// <param name="Methods">Words of RFC 8176, parted by blanks.</param>
/// <param name="Session">The session that it began.</param>
internal sealed record SignInProof(DateTimeOffset? At, string Methods, string Session);

/// <summary>That somebody else vouches for a person who comes in.</summary>
/// <param name="Provider">Its name in the configuration.</param>
/// <param name="Link">Id of the row by which it knows them.</param>
/// <param name="ProvedAt">When they proved it there; null when it does not say.</param>
/// <param name="IsAnew">They were asked to prove it anew and did, there or by a code here: not that they were signed in there.</param>
/// <param name="Session">Its own session (<see cref="External.ExternalSession"/>); null where it names none.</param>
internal sealed record Vouched(
    string Provider,
    string Link,
    DateTimeOffset? ProvedAt,
    bool IsAnew = false,
    string? Session = null
);

/// <summary>How people prove who they are, as programs are told it (<c>amr</c>, RFC 8176).</summary>
internal static class SignInMethods
{
    public const string Password = "pwd";

    /// <summary>Among the words: by two factors, or by a key and what unlocks it.</summary>
    public const string Twice = "mfa";

    /// <summary>A key, and what unlocks it there. Where it is kept is what its maker says, which nobody has proved.</summary>
    public const string Passkey = "pop user mfa";

    /// <summary>The same, kept by a password manager on all of somebody's devices.</summary>
    public const string SyncedPasskey = "swk user mfa";

    /// <summary>Somebody else vouches for the person, who signed in there.</summary>
    public const string Provider = "fed";

    /// <summary>The same, by two factors there, which the configuration lets count.</summary>
    public const string ProviderAndMore = "fed mfa";
}
