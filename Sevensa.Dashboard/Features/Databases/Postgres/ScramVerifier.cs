using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>
/// What PostgreSQL keeps of a password (RFC 5803, SCRAM-SHA-256). Sent in the password's place, so that the password itself is
/// neither in the server's log nor in its statistics.
/// </summary>
internal static class ScramVerifier
{
    private const int Rounds = 4096;

    /// <param name="password">Of letters and digits alone, which need no preparation.</param>
    public static string Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(password),
            salt,
            Rounds,
            HashAlgorithmName.SHA256,
            32
        );
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${Rounds}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
