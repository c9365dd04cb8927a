using System.Globalization;

namespace Sevensa.Dashboard.Features.Secrets.Vault;

/// <summary>Answers that Vault puts aside under a token instead of giving them.</summary>
internal sealed partial class VaultClient
{
    /// <summary>
    /// Has Vault put a version's values aside under a token that is good once. Null when the version does not exist, or was deleted
    /// or destroyed. What comes back holds the token and no value: anything else is not taken.
    /// </summary>
    internal async Task<VaultWrapping?> WrapAsync(string path, int version, int seconds, CancellationToken cancellation)
    {
        var place = string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Value.Mount}/data/{Escape(path)}?version={version}"
        );
        using var reply = await AskWithTokenAsync(
            token =>
            {
                var request = Request(HttpMethod.Get, place, token);
                request.Headers.Add("X-Vault-Wrap-TTL", string.Create(CultureInfo.InvariantCulture, $"{seconds}s"));
                return request;
            },
            place,
            cancellation
        );
        if (reply.Refusal is { } refusal)
        {
            return refusal.IsNothing ? null : throw ToldUnlessOfThePath(refusal);
        }
        var read = await ReadAsync(reply.Answer, VaultJson.Default.VaultWrapped, cancellation);
        upstreams.Good(Name);
        return read.WrapInfo is { Token.Length: > 0 } wrapping ? wrapping : throw Told(Garbled("no wrapping token"));
    }
}
