using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passkeys;

/// <summary>What a browser was asked, sealed: it travels in the form that brings the answer, and is good once, for a few minutes.</summary>
internal sealed class PasskeyStates(IDataProtectionProvider protection, UsedCodes used, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly IDataProtector sealing = protection.CreateProtector("what a passkey was asked");

    /// <param name="whom">Whose passkey it is to be, or what else it is for.</param>
    public string Seal(string whom, string state) =>
        sealing
            .CreateProtector(whom)
            .Protect(time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) + " " + state);

    /// <returns>Null when it is not of this, too old, or was used.</returns>
    public async Task<string?> UseAsync(string whom, string? sealedState, CancellationToken cancellation)
    {
        if (sealedState is not { Length: > 0 and < 8_000 })
        {
            return null;
        }
        try
        {
            return
                sealing.CreateProtector(whom).Unprotect(sealedState).Split(' ', 2) is [var at, var state]
                && time.GetUtcNow()
                    - DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture))
                    <= Patience
                && await used.UseAsync($"passkey {sealedState}", Patience, cancellation)
                ? state
                : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
