using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>What an access token says. Whether it still holds, and what its caller may today, is asked elsewhere each time.</summary>
/// <param name="Id">Its <c>jti</c>, by which it is ended.</param>
/// <param name="Mark">The account's stamp when it was given, as a hash; null for a program of its own.</param>
/// <param name="Family">The consent that it came from.</param>
/// <param name="Expires">Null for one that says nothing of it.</param>
internal sealed record ReadToken(
    string Id,
    string Client,
    string Subject,
    ApiScopes Scopes,
    string? Mark,
    string? Family,
    DateTimeOffset? Expires
);

/// <summary>
/// Access tokens whose signature, issuer and times were checked, until they expire: the same text proves the same again. Known by
/// a hash of the token and of the address it came to, which the issuer may depend on; the token itself is not kept.
/// </summary>
internal sealed class ReadTokens(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, ReadToken> known = new(StringComparer.Ordinal);

    /// <summary>Null for one that was not read here, or that has expired since.</summary>
    public ReadToken? Find(string token, HttpRequest request) =>
        known.TryGetValue(Key(token, request), out var found) && found.Expires > time.GetUtcNow() ? found : null;

    public void Keep(string token, HttpRequest request, ReadToken read)
    {
        if (read.Expires is null)
        {
            return;
        }
        if (known.Count >= Most)
        {
            known.Clear();
        }
        known[Key(token, request)] = read;
    }

    private static string Key(string token, HttpRequest request) =>
        Convert.ToHexString(
            SHA256.HashData(
                Encoding.UTF8.GetBytes($"{request.Scheme} {request.Host.Value} {request.PathBase.Value} {token}")
            )
        );
}
