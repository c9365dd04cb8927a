using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;
using OpenIddict.EntityFrameworkCore.Models;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

/// <summary>
/// The clients of the token server. A kept secret is slow to verify by intent, and a program shows the same one with every token it
/// asks for: what was verified once is known while the program runs.
/// </summary>
internal sealed class ClientApplications(
    IOpenIddictApplicationCache<OpenIddictEntityFrameworkCoreApplication> cache,
    ILogger<OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<OpenIddictEntityFrameworkCoreApplication> store,
    VerifiedSecrets verified
) : OpenIddictApplicationManager<OpenIddictEntityFrameworkCoreApplication>(cache, logger, options, store)
{
    protected override async ValueTask<bool> ValidateClientSecretAsync(
        string secret,
        string comparand,
        CancellationToken cancellationToken = default
    )
    {
        if (verified.Has(secret, comparand))
        {
            return true;
        }
        if (!await base.ValidateClientSecretAsync(secret, comparand, cancellationToken))
        {
            return false;
        }
        verified.Keep(secret, comparand);
        return true;
    }
}

/// <summary>
/// Secrets that fitted what is kept of them, as a keyed hash of both under a key that nobody else has and that ends with the
/// program. A client with a new secret has something else kept of it, so that the old one fits nothing here.
/// </summary>
internal sealed class VerifiedSecrets
{
    private const int Most = 10_000;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, bool> known = new(StringComparer.Ordinal);

    public bool Has(string secret, string kept) => known.ContainsKey(Mark(secret, kept));

    public void Keep(string secret, string kept)
    {
        if (known.Count >= Most)
        {
            known.Clear();
        }
        known[Mark(secret, kept)] = true;
    }

    // What is kept is Base64, so that the line's end says where the secret begins.
    private string Mark(string secret, string kept) =>
        Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{kept}\n{secret}")));
}
