using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Identity.Accounts.Factors;

namespace Sevensa.Dashboard.Features.Identity.Accounts.External;

/// <summary>A session at a provider, as it is kept here: nothing there is opened by what stands in the store.</summary>
internal static class ExternalSession
{
    /// <summary>A name that is longer is not kept.</summary>
    public const int Longest = 255;

    /// <summary>SHA-256 (hex) over provider, issuer and the provider's name of the session (<c>sid</c>).</summary>
    public static string IdOf(string provider, string issuer, string name) =>
        Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes($"session\n{provider}\n{issuer.TrimEnd('/')}\n{name}"))
        );

    /// <summary>That it has ended there, as it is remembered for whoever is on the way in by it.</summary>
    public static string Left(string session) => $"left {session}";

    /// <summary>That all of somebody's have ended there.</summary>
    /// <param name="link">The row by which the provider knows them.</param>
    public static string LeftAll(string link) => $"left all {link}";

    /// <summary>So long an end is remembered: whoever is on the way in by what has ended gets no further.</summary>
    public static readonly TimeSpan Remembered = PasswordPassed.Patience + TimeSpan.FromMinutes(1);
}
