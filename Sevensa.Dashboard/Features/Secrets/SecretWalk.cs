using System.Runtime.CompilerServices;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>A name that a walk met.</summary>
/// <param name="Name">Below the tenant; a folder that was not looked into ends with a slash.</param>
/// <param name="Refusal">Vault does not let it be looked into.</param>
/// <param name="Note">Why else it was not looked into.</param>
internal sealed record SecretFound(string Name, VaultRefusal? Refusal = null, string? Note = null);

/// <summary>
/// Goes through a tenant's folders in the order of the paths, from a place on, and only as far as somebody reads: so that a
/// page costs what is on it, and the last page ends with the last secret.
/// </summary>
internal sealed class SecretWalk(VaultClient client, TenantScope scope, string tenant, string? after)
{
    private const int Deepest = 32;

    /// <summary>No Vault has so many folders without a secret in one of them, which would have ended the page.</summary>
    private const int MostFolders = 20_000;

    private readonly string prefix = scope.VaultPrefix(tenant);
    private int looks;

    /// <summary>Of the engine: 1 or 2.</summary>
    public int Version { get; private set; } = 2;

    /// <exception cref="Platform.Http.UpstreamException">Not even the tenant's own folder can be looked into.</exception>
    public async IAsyncEnumerable<SecretFound> AllAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var look = await client.LookIntoAsync(prefix, Version, cancellation);
        // An engine of the other version knows no such path, as if there were nothing.
        if (look.Value is null && look.Refusal is null or { Status: 403 or 404 })
        {
            if (await client.EngineVersionAsync(cancellation) == 1)
            {
                Version = 1;
                look = await client.LookIntoAsync(prefix, Version, cancellation);
            }
        }
        if (look.Refusal is { } refusal)
        {
            throw client.Told(refusal);
        }
        // A stack instead of a recursion: what is on top comes first.
        var ahead = new Stack<(string Name, int Depth)>();
        Push("", 0, look.Value ?? []);
        while (ahead.TryPop(out var next))
        {
            if (!next.Name.EndsWith('/'))
            {
                yield return new SecretFound(next.Name);
                continue;
            }
            var found = await IntoAsync(next.Name, next.Depth, cancellation);
            if (found.Names is { } inside)
            {
                Push(next.Name, next.Depth, inside);
            }
            // The page before may have ended with this row.
            else if (after is null || string.CompareOrdinal(next.Name, after) > 0)
            {
                yield return found.Row!;
            }
        }

        void Push(string folder, int depth, IReadOnlyList<string> names)
        {
            foreach (
                var name in names.Select(name => folder + name).Where(IsAhead).OrderDescending(StringComparer.Ordinal)
            )
            {
                ahead.Push((name, depth + 1));
            }
        }
    }

    private async Task<(IReadOnlyList<string>? Names, SecretFound? Row)> IntoAsync(
        string folder,
        int depth,
        CancellationToken cancellation
    )
    {
        if (depth > Deepest || ++looks > MostFolders)
        {
            return (null, new SecretFound(folder, Note: "There are more folders than are looked into."));
        }
        if (!SecretPath.TryOf(scope, tenant, folder.TrimEnd('/'), out _))
        {
            return (null, new SecretFound(folder, Note: SecretPath.WhyNotPlain));
        }
        var look = await client.LookIntoAsync(prefix + folder, Version, cancellation);
        return look.Refusal is { } denied ? (null, new SecretFound(folder, denied)) : (look.Value ?? [], null);
    }

    /// <summary>A folder whose name the place begins with may hold both what was and what comes.</summary>
    private bool IsAhead(string name) =>
        after is null
        || string.CompareOrdinal(name, after) > 0
        || name.EndsWith('/') && after.StartsWith(name, StringComparison.Ordinal);
}
