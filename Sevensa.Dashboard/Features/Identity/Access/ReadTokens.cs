using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>What an access token says. Whether it still holds, and what its caller may today, is asked elsewhere each time.</summary>
/// <param name="Id">Its <c>jti</c>, by which it is ended.</param>
/// <param name="Mark">The account's stamp when it was given, as a hash; null for a program of its own.</param>
/// <param name="Family">The consent that it came from.</param>
/// <param name="Expires">Null for one that says nothing of it.</param>
/// <param name="Audiences">Addresses that it was asked for (RFC 8707), below which it holds; none for one that holds everywhere.</param>
internal sealed record ReadToken(
    string Id,
    string Client,
    string Subject,
    ApiScopes Scopes,
    string? Mark,
    string? Family,
    DateTimeOffset? Expires,
    IReadOnlyList<string> Audiences
)
{
    /// <summary>Whether it was given for this address.</summary>
    public bool IsFor(string address) =>
        Audiences.Count == 0
        || Audiences.Any(audience =>
            address == audience.TrimEnd('/')
            || address.StartsWith(audience.TrimEnd('/') + "/", StringComparison.Ordinal)
        );

    private sealed record Made(Caller Caller, ClaimsPrincipal Principal);

    private volatile Made? last;

    /// <summary>Whom it acts for as claims; the same ones again as long as they may the same.</summary>
    public ClaimsPrincipal PrincipalOf(Caller today)
    {
        if (last is { } made && made.Caller == today)
        {
            return made.Principal;
        }
        var expires = Expires?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var principal = RightsToday.OfAccessToken(today with { Token = Id }, Mark, Family, expires);
        last = new Made(today, principal);
        return principal;
    }
}

/// <summary>
/// Access tokens whose signature, issuer and times were checked, until they expire: the same text proves the same again. Known by
/// a hash of the token and of the address it came to, which the issuer may depend on; the token itself is not kept.
/// </summary>
internal sealed class ReadTokens(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<Key, ReadToken> known = new();

    /// <summary>Null for one that was not read here, or that has expired since.</summary>
    public ReadToken? Find(string token, HttpRequest request) =>
        known.TryGetValue(KeyOf(token, request), out var found) && found.Expires > time.GetUtcNow() ? found : null;

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
        known[KeyOf(token, request)] = read;
    }

    /// <summary>Each is checked anew: the keys are others.</summary>
    public void Forget() => known.Clear();

    private static Key KeyOf(string token, HttpRequest request)
    {
        var whole = $"{request.Scheme} {request.Host.Value} {request.PathBase.Value} {token}";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(whole.Length));
        SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(whole, bytes)), hash);
        ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        return MemoryMarshal.Read<Key>(hash);
    }

    /// <summary>The whole of a hash.</summary>
    private readonly record struct Key(UInt128 First, UInt128 Second);
}
