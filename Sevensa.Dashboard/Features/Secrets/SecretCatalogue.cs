using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What is known of a secret without its value.</summary>
/// <param name="Path">Below the tenant's prefix: <c>api/database</c>.</param>
/// <param name="VaultPath">As Vault's own commands take it: <c>secret/rentguy/api/database</c>.</param>
/// <param name="Kind"><c>kv</c>: a key/value pair of version 2.</param>
/// <param name="Version">The current one; 0 when none was ever written.</param>
/// <param name="RotatedAt">When the current version was written.</param>
/// <param name="AgeDays">Whole days since then.</param>
/// <param name="Consumers">Services that read it, from its metadata.</param>
/// <param name="Versions">Newest first; times and states only.</param>
public sealed record Secret(
    string Path,
    string VaultPath,
    string Kind,
    int Version,
    DateTimeOffset? RotatedAt,
    int? AgeDays,
    DateTimeOffset? DueAt,
    bool Overdue,
    IReadOnlyList<string> Consumers,
    string? Owner,
    IReadOnlyList<SecretVersion> Versions
);

/// <param name="State"><c>live</c>, <c>deleted</c> or <c>destroyed</c>.</param>
public sealed record SecretVersion(int Version, DateTimeOffset CreatedAt, string State);

/// <param name="Partial">There are more than could be looked at.</param>
internal sealed record SecretList(IReadOnlyList<Secret> Items, string? Next, bool Partial);

/// <summary>The secrets of a tenant as Vault's metadata tells them.</summary>
internal sealed class SecretCatalogue(Func<VaultClient> vault, IOptions<SecretsOptions> options, TimeProvider time)
{
    private const int Deepest = 8;
    private const int MostNames = 2000;
    private const int AtOnce = 8;

    /// <param name="after">Path after which the page begins.</param>
    public async Task<SecretList> ListAsync(
        TenantScope scope,
        string tenant,
        string? after,
        int most,
        CancellationToken cancellation
    )
    {
        var client = vault();
        var (names, partial) = await NamesAsync(client, scope, tenant, cancellation);
        var wanted = names
            .Where(path => after is null || string.CompareOrdinal(path.Relative, after) > 0)
            .Take(most + 1)
            .ToList();
        var found = new ConcurrentDictionary<string, Secret>();
        await Parallel.ForEachAsync(
            wanted.Take(most),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (path, stop) =>
            {
                // One that was deleted between the two looks is simply not there.
                if (await client.MetadataAsync(path.Full, stop) is { } metadata)
                {
                    found[path.Relative] = Of(path, metadata);
                }
            }
        );
        return new SecretList(
            [.. found.Values.OrderBy(secret => secret.Path, StringComparer.Ordinal)],
            wanted.Count > most ? wanted[most - 1].Relative : null,
            partial
        );
    }

    /// <summary>Null when there is none, or when the text is no path at all.</summary>
    public async Task<Secret?> FindAsync(
        TenantScope scope,
        string tenant,
        string text,
        CancellationToken cancellation
    ) => await ResolveAsync(scope, tenant, text, cancellation) is var (path, metadata) ? Of(path, metadata) : null;

    /// <summary>Finds a secret by its path below the tenant; a path that starts with the tenant or mount is understood too.</summary>
    public async Task<(SecretPath Path, VaultMetadata Metadata)?> ResolveAsync(
        TenantScope scope,
        string tenant,
        string text,
        CancellationToken cancellation
    )
    {
        var client = vault();
        foreach (var candidate in Candidates(text, scope.VaultPrefix(tenant)))
        {
            if (
                SecretPath.TryOf(scope, tenant, candidate, out var path)
                && await client.MetadataAsync(path.Full, cancellation) is { } metadata
            )
            {
                return (path, metadata);
            }
        }
        return null;
    }

    public Secret Of(SecretPath path, VaultMetadata metadata)
    {
        var custom = metadata.CustomMetadata;
        var current = metadata.Versions.GetValueOrDefault(
            metadata.CurrentVersion.ToString(CultureInfo.InvariantCulture)
        );
        var now = time.GetUtcNow();
        var due = current?.CreatedTime + DueAfter(custom);
        return new Secret(
            path.Relative,
            $"{options.Value.Mount}/{path.Full}",
            "kv",
            metadata.CurrentVersion,
            current?.CreatedTime,
            current is null ? null : (int)(now - current.CreatedTime).TotalDays,
            due,
            due < now,
            custom
                ?.GetValueOrDefault("consumers")
                ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                ?? [],
            custom?.GetValueOrDefault("owner"),
            [
                .. metadata
                    .Versions.Select(version => new SecretVersion(
                        int.Parse(version.Key, CultureInfo.InvariantCulture),
                        version.Value.CreatedTime,
                        version.Value.Destroyed ? "destroyed"
                            : version.Value.IsGone ? "deleted"
                            : "live"
                    ))
                    .OrderByDescending(version => version.Version),
            ]
        );
    }

    private IEnumerable<string> Candidates(string text, string prefix)
    {
        yield return text;
        var mount = options.Value.Mount + "/";
        var below = text.StartsWith(mount, StringComparison.Ordinal) ? text[mount.Length..] : text;
        if (below.StartsWith(prefix, StringComparison.Ordinal))
        {
            yield return below[prefix.Length..];
        }
    }

    /// <summary><c>due_days</c> as a number of days, or <c>rotate_every</c> as <c>30d</c> or <c>720h</c>; else the default.</summary>
    private TimeSpan DueAfter(IReadOnlyDictionary<string, string>? custom)
    {
        if (Whole(custom?.GetValueOrDefault("due_days")) is { } days)
        {
            return TimeSpan.FromDays(days);
        }
        return custom?.GetValueOrDefault("rotate_every") switch
        {
            [.. var number, 'd'] when Whole(number) is { } every => TimeSpan.FromDays(every),
            [.. var number, 'h'] when Whole(number) is { } every => TimeSpan.FromHours(every),
            _ => TimeSpan.FromDays(options.Value.DueDays),
        };

        static int? Whole(string? text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and < 100_000
                ? number
                : null;
    }

    private static async Task<(IReadOnlyList<SecretPath> Names, bool Partial)> NamesAsync(
        VaultClient client,
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var names = new List<SecretPath>();
        var folders = new Queue<(string Folder, int Depth)>([("", 1)]);
        var partial = false;
        var looks = 0;
        while (folders.TryDequeue(out var next))
        {
            if (names.Count >= MostNames || ++looks > MostNames)
            {
                partial = true;
                break;
            }
            foreach (var name in await client.ListAsync(scope.VaultPrefix(tenant) + next.Folder, cancellation))
            {
                var relative = next.Folder + name;
                if (!SecretPath.TryOf(scope, tenant, relative.TrimEnd('/'), out var path))
                {
                    partial = true;
                }
                else if (!name.EndsWith('/'))
                {
                    names.Add(path);
                }
                else if (next.Depth < Deepest)
                {
                    folders.Enqueue((relative, next.Depth + 1));
                }
                else
                {
                    partial = true;
                }
            }
        }
        names.Sort((one, other) => string.CompareOrdinal(one.Relative, other.Relative));
        return (names, partial);
    }
}
