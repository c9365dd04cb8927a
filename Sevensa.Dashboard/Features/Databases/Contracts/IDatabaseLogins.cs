namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>What a sign-in to PostgreSQL came to.</summary>
/// <param name="Opens">The server let it in, and says that it is who it claims to be.</param>
/// <param name="Reached">It was the server that answered, and not the network. When it was not reached nothing is known of the login.</param>
/// <param name="Words">What the server or the way to it said, and what to do; null when it opens. Never a password.</param>
public sealed record LoginTrial(bool Opens, bool Reached, string? Words = null);

/// <summary>A session of a login.</summary>
/// <param name="From">Address that it came from; null over a Unix socket, and where the reading role may not see it.</param>
/// <param name="Program">What it calls itself; null where the reading role may not see it.</param>
public sealed record LoginSession(string? From, string? Program);

/// <summary>A login as the server's catalogue has it.</summary>
/// <param name="Sessions">Open ones.</param>
/// <param name="Owned">Objects that it owns in any database of the instance: while there are any it can't be dropped.</param>
public sealed record KnownLogin(string Role, int Sessions, int Owned);

/// <summary>
/// What a credential opens on an instance of the configuration, tried with the real server, and who still uses it. Passwords
/// given here are used for one sign-in and kept nowhere.
/// </summary>
public interface IDatabaseLogins
{
    /// <summary>Whether the configuration names this instance.</summary>
    bool Knows(string instance);

    /// <summary>Signs in once and out again. Never throws for what the server or the network says: that is the answer.</summary>
    /// <param name="database">
    /// Null: the instance's own first one, where a login that may not connect to it opens all the same: its password was taken.
    /// </param>
    Task<LoginTrial> TryAsync(
        string instance,
        string? database,
        string role,
        string password,
        CancellationToken cancellation
    );

    /// <summary>Sessions of a login that are open now, read by the instance's read-only role.</summary>
    /// <exception cref="Platform.Http.UpstreamException">The instance can't be looked at.</exception>
    Task<IReadOnlyList<LoginSession>> SessionsAsync(string instance, string role, CancellationToken cancellation);

    /// <summary>Logins whose names are like this (SQL's <c>LIKE</c>, <c>\</c> escapes), by name.</summary>
    /// <exception cref="Platform.Http.UpstreamException">The instance can't be looked at.</exception>
    Task<IReadOnlyList<KnownLogin>> LikeAsync(string instance, string pattern, CancellationToken cancellation);
}
