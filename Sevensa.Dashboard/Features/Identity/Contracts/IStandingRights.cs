namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// What something that goes on without whoever began it rests on: them, and the token and program by which they began it. Kept
/// beside it as text; nothing of it opens anything.
/// </summary>
/// <param name="Subject">As <see cref="Caller.Subject"/>.</param>
/// <param name="IsPerson">As <see cref="Caller.IsPerson"/>.</param>
/// <param name="Client">As <see cref="Caller.Client"/>, where a token carried the call; else null.</param>
/// <param name="Token">As <see cref="Caller.Token"/>; null in a browser.</param>
public sealed record StandingRight(string Subject, bool IsPerson, string? Client = null, string? Token = null)
{
    /// <summary>Letters that a column for <see cref="Client"/> takes.</summary>
    public const int LongestClient = 128;

    /// <summary>Letters that a column for <see cref="Token"/> takes.</summary>
    public const int LongestToken = 64;

    /// <summary>What the call of this caller rests on.</summary>
    public static StandingRight Of(Caller caller) =>
        caller is { Token: { } token, Client: { } client }
            ? new StandingRight(caller.Subject, caller.IsPerson, client, token)
            : new StandingRight(caller.Subject, caller.IsPerson);
}

/// <summary>
/// Whether what began something still stands: asked before each step of it, and every second or two while it is under way, so
/// that it stops within five seconds. Nothing older than three seconds is answered from memory.
/// </summary>
public interface IStandingRights
{
    /// <summary>Why nothing goes on any more, behind the name of whoever began it.</summary>
    const string WhyNone =
        "may not go on with it: the account, token or program by which it was begun was taken back, disabled or has ended";

    /// <summary>
    /// Whoever began it with what they may at this moment, and no more than the token gave. Null when the account is gone or
    /// disabled; when the personal token was removed or its time is over; when the program was removed or disabled, or the person
    /// took back what they allowed it. An access token that only ran out ends nothing: the program could have a new one.
    /// </summary>
    /// <remarks>The role may be another and the tenants fewer: whether that is enough is for who asks (<see cref="Caller.Covers"/>).</remarks>
    ValueTask<Caller?> TodayAsync(StandingRight right, CancellationToken cancellation);
}
