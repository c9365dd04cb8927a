using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Factors;

/// <summary>
/// That somebody gave the right password a moment ago, sealed: it travels in the form that asks for the code, opens nothing by
/// itself, and ends with the account's stamp.
/// </summary>
internal sealed class PasswordPassed(IDataProtectionProvider protection, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly IDataProtector sealing = protection.CreateProtector("second step of signing in");

    public string Of(Person person) => Of(person.Id, person.SecurityStamp);

    /// <param name="what">What it was given for.</param>
    public string Of(string personId, string what) =>
        sealing.Protect(
            $"{time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)}\n{personId}\n{what}"
        );

    /// <returns>Null when it is not one of ours, or too old.</returns>
    public (string PersonId, string Stamp)? Read(string ticket) =>
        Opened(ticket) is { } passed ? (passed.PersonId, passed.Stamp) : null;

    /// <summary>When it was given; null when it is not one of ours, or too old.</summary>
    public DateTimeOffset? GivenAt(string ticket) => Opened(ticket)?.At;

    private (string PersonId, string Stamp, DateTimeOffset At)? Opened(string ticket)
    {
        if (ticket.Length is 0 or > 1_000)
        {
            return null;
        }
        try
        {
            return
                sealing.Unprotect(ticket).Split('\n') is [var at, var person, var stamp]
                && DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)) is var given
                && time.GetUtcNow() - given <= Patience
                ? (person, stamp, given)
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
