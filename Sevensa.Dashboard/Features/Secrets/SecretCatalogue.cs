using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>The secrets of a tenant as Vault's metadata tells them.</summary>
internal sealed class SecretCatalogue(
    Func<VaultClient> vault,
    SecretConsumers labelled,
    SecretAgeStore ages,
    IOptions<SecretsOptions> options,
    TimeProvider time
)
{
    private static readonly IReadOnlyDictionary<(string Path, int Version), DateTimeOffset> NoAges =
        new Dictionary<(string Path, int Version), DateTimeOffset>();

    /// <summary>So many paths refused for being asked too often, and the rest of the page is not asked.</summary>
    private const int MostRefusals = 20;

    private const int AtOnce = 8;

    /// <param name="after">Path after which the page begins.</param>
    /// <exception cref="UpstreamException">Vault could not be asked at all.</exception>
    public async Task<SecretList> ListAsync(
        TenantScope scope,
        string tenant,
        string? after,
        int most,
        CancellationToken cancellation
    )
    {
        var client = vault();
        var known = await ages.OfAsync(tenant, cancellation);
        var (rows, next) = await client.ScanAsync(scope.VaultPrefix(tenant), cancellation) is { } tree
            ? Scanned(scope, tenant, tree, known, after, most)
            : await WalkedAsync(client, scope, tenant, known, after, most, cancellation);
        return new SecretList(
            rows,
            next,
            rows.Any(row => row.State is SecretStates.NotAllowed or SecretStates.NotKnown)
        );
    }

    /// <summary>All secrets of a tenant, a page at a time.</summary>
    /// <exception cref="UpstreamException">Vault could not be asked at all.</exception>
    public async IAsyncEnumerable<Secret> AllAsync(
        TenantScope scope,
        string tenant,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        string? after = null;
        do
        {
            var page = await ListAsync(scope, tenant, after, PageSize.Most, cancellation);
            foreach (var secret in page.Items)
            {
                yield return secret;
            }
            after = page.Next;
        } while (after is not null);
    }

    private (IReadOnlyList<Secret> Rows, string? Next) Scanned(
        TenantScope scope,
        string tenant,
        IReadOnlyDictionary<string, VaultMetadata> tree,
        IReadOnlyDictionary<(string Path, int Version), DateTimeOffset> known,
        string? after,
        int most
    )
    {
        // A folder may be named beside the secret of the same name; what is in it has names of its own.
        var wanted = tree
            .Keys.Where(name => !name.EndsWith('/') && (after is null || string.CompareOrdinal(name, after) > 0))
            .Order(StringComparer.Ordinal)
            .Take(most + 1)
            .ToList();
        return (
            [
                .. wanted
                    .Take(most)
                    .Select(name =>
                        SecretPath.TryOf(scope, tenant, name, out var path)
                            ? Of(path, tree[name], known)
                            : Unreadable(scope, tenant, name)
                    ),
            ],
            wanted.Count > most ? wanted[most - 1] : null
        );
    }

    private async Task<(IReadOnlyList<Secret> Rows, string? Next)> WalkedAsync(
        VaultClient client,
        TenantScope scope,
        string tenant,
        IReadOnlyDictionary<(string Path, int Version), DateTimeOffset> known,
        string? after,
        int most,
        CancellationToken cancellation
    )
    {
        var walk = new SecretWalk(client, scope, tenant, after);
        var found = new List<SecretFound>();
        await foreach (var one in walk.AllAsync(cancellation))
        {
            found.Add(one);
            if (found.Count > most)
            {
                break;
            }
        }
        var next = found.Count > most ? found[most - 1].Name : null;
        var rows = new Secret?[Math.Min(found.Count, most)];
        var refusals = 0;
        var (read, broken) = (0, new ConcurrentQueue<UpstreamException>());
        await Parallel.ForEachAsync(
            Enumerable.Range(0, rows.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (at, stop) =>
            {
                var one = found[at];
                rows[at] =
                    one.Refusal is { } refusal ? Refused(scope, tenant, one.Name, refusal)
                    : one.Note is { } note ? Untold(scope, tenant, one.Name, SecretStates.NotKnown, note)
                    : !SecretPath.TryOf(scope, tenant, one.Name, out var path) ? Unreadable(scope, tenant, one.Name)
                    : walk.Version == 1 ? Unversioned(path)
                    : Volatile.Read(ref refusals) >= MostRefusals
                        ? Untold(
                            scope,
                            tenant,
                            one.Name,
                            SecretStates.NotKnown,
                            "Not asked: Vault limits how often it may be asked."
                        )
                    : await LookedAtAsync(one, path, stop);
            }
        );
        // Nothing was told of any: then it is no matter of this or that secret.
        if (read == 0 && broken.TryPeek(out var first))
        {
            throw first;
        }
        return ([.. rows.OfType<Secret>()], next);

        async Task<Secret?> LookedAtAsync(SecretFound one, SecretPath path, CancellationToken stop)
        {
            VaultLook<VaultMetadata> look;
            try
            {
                look = await client.LookAtAsync(path.Full, stop);
            }
            catch (UpstreamException exception)
                when (exception is ForeignAnswer
                    || exception.Fault is UpstreamFault.Garbled
                    || exception.Status is 502 or 504
                )
            {
                broken.Enqueue(exception);
                if (broken.Count > MostRefusals)
                {
                    // As many as that are Vault's matter, or that of what stands in front of it.
                    throw;
                }
                return Untold(scope, tenant, one.Name, SecretStates.NotKnown, Sentences(exception));
            }
            Interlocked.Increment(ref read);
            return look switch
            {
                { Refusal: { } denied } => Counted(denied, Refused(scope, tenant, one.Name, denied)),
                { Value: { } metadata } => Of(path, metadata, known),
                // One that was deleted between the two looks is simply not there.
                _ => null,
            };
        }

        Secret Counted(VaultRefusal denied, Secret row)
        {
            if (denied.Status == 429)
            {
                Interlocked.Increment(ref refusals);
            }
            return row;
        }
    }

    private Secret Refused(TenantScope scope, string tenant, string name, VaultRefusal refusal) =>
        Untold(
            scope,
            tenant,
            name,
            refusal.Status == 403 ? SecretStates.NotAllowed : SecretStates.NotKnown,
            Sentences(refusal.Exception)
        );

    private Secret Unreadable(TenantScope scope, string tenant, string name) =>
        Untold(scope, tenant, name, SecretStates.NotKnown, SecretPath.WhyNotPlain);

    private Secret Untold(TenantScope scope, string tenant, string name, string state, string note) =>
        new(
            name,
            $"{options.Value.Mount}/{scope.VaultPrefix(tenant)}{name}",
            name.EndsWith('/') ? "folder" : "kv",
            0,
            null,
            null,
            null,
            false,
            [],
            null,
            [],
            state,
            null,
            note
        );

    private Secret Unversioned(SecretPath path) =>
        new(
            path.Relative,
            $"{options.Value.Mount}/{path.Full}",
            "kv1",
            0,
            null,
            null,
            null,
            false,
            [],
            null,
            [],
            Note: $"{options.Value.Mount}/ is a key/value engine of version 1: it keeps neither versions nor times."
        );

    private static string Sentences(UpstreamException exception) =>
        $"Vault: {exception.Message.TrimEnd('.')}. {exception.Remedy}".TrimEnd();

    /// <summary>Null when there is none, or when the text is no path at all.</summary>
    public async Task<Secret?> FindAsync(
        TenantScope scope,
        string tenant,
        string text,
        CancellationToken cancellation
    ) =>
        await ResolveAsync(scope, tenant, text, cancellation) is not var (path, metadata) ? null
        : metadata is null ? Unversioned(path)
        : Of(path, metadata, await ages.OfAsync(tenant, cancellation));

    /// <summary>
    /// Finds a secret by its path below the tenant; a path that starts with the tenant or mount is understood too. Without
    /// metadata where the engine keeps none.
    /// </summary>
    public async Task<(SecretPath Path, VaultMetadata? Metadata)?> ResolveAsync(
        TenantScope scope,
        string tenant,
        string text,
        CancellationToken cancellation
    )
    {
        var client = vault();
        UpstreamException? denied = null;
        foreach (var candidate in Candidates(text, scope.VaultPrefix(tenant)))
        {
            if (!SecretPath.TryOf(scope, tenant, candidate, out var path))
            {
                continue;
            }
            try
            {
                if (await client.MetadataAsync(path.Full, cancellation) is { } metadata)
                {
                    return (path, metadata);
                }
            }
            catch (UpstreamException exception) when (exception.Status == 403)
            {
                // The other way to read the text may be one that is allowed.
                denied ??= exception;
                continue;
            }
            if (await client.EngineVersionAsync(cancellation) == 1 && await IsListedAsync(client, path, cancellation))
            {
                return (path, null);
            }
        }
        return denied is null ? null : throw denied;
    }

    /// <summary>Whether its folder names it: an engine of version 1 tells nothing of a secret but its values.</summary>
    private static async Task<bool> IsListedAsync(VaultClient client, SecretPath path, CancellationToken cancellation)
    {
        var cut = path.Full.LastIndexOf('/') + 1;
        var look = await client.LookIntoAsync(path.Full[..cut], 1, cancellation);
        return look.Refusal is { } refusal
            ? throw refusal.Exception
            : look.Value?.Contains(path.Full[cut..], StringComparer.Ordinal) == true;
    }

    /// <param name="known">Ages of data that was written back; null where it does not matter how old it is.</param>
    public Secret Of(
        SecretPath path,
        VaultMetadata metadata,
        IReadOnlyDictionary<(string Path, int Version), DateTimeOffset>? known = null
    )
    {
        var custom = metadata.CustomMetadata;
        var current = metadata.Versions.GetValueOrDefault(
            metadata.CurrentVersion.ToString(CultureInfo.InvariantCulture)
        );
        var now = time.GetUtcNow();
        var state = current is null ? SecretStates.NeverWritten : StateOf(current, now);
        var lives = state == SecretStates.Live;
        var since = (known ?? NoAges).TryGetValue((path.Relative, metadata.CurrentVersion), out var older)
            ? older
            : current?.CreatedTime;
        var due = lives ? since + DueAfter(custom) : null;
        var readers = labelled.Of(path.Prefix.TrimEnd('/'), path.Relative).Select(pair => pair.Reader).ToList();
        return new Secret(
            path.Relative,
            $"{options.Value.Mount}/{path.Full}",
            "kv",
            metadata.CurrentVersion,
            since,
            since is { } written ? (int)(now - written).TotalDays : null,
            due,
            due < now,
            [
                .. (
                    custom
                        ?.GetValueOrDefault("consumers")
                        ?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                    ?? []
                ).Union(readers.Select(reader => reader.Service), StringComparer.Ordinal),
            ],
            custom?.GetValueOrDefault("owner"),
            [
                .. metadata
                    .Versions.Select(version => new SecretVersion(
                        int.Parse(version.Key, CultureInfo.InvariantCulture),
                        version.Value.CreatedTime,
                        StateOf(version.Value, now),
                        version.Value.EndsAt
                    ))
                    .OrderByDescending(version => version.Version),
            ],
            state,
            lives ? current!.EndsAt : null,
            state switch
            {
                SecretStates.Deleted =>
                    $"The current version is deleted. It can be brought back: vault kv undelete -versions={metadata.CurrentVersion.ToString(CultureInfo.InvariantCulture)} {options.Value.Mount}/{path.Full}",
                SecretStates.Destroyed => "The current version is destroyed: its value can't be brought back.",
                SecretStates.NeverWritten => "Only its metadata was written, never a value.",
                _ => null,
            }
        )
        {
            Readers = readers,
            Logins = AlternationPlan.RolesOf(custom),
            Issuer = custom?.GetValueOrDefault("issuer"),
        };
    }

    /// <summary>A deletion time that lies ahead is an end, not a deletion.</summary>
    private static string StateOf(VaultVersion version, DateTimeOffset now) =>
        version.Destroyed ? SecretStates.Destroyed
        : version.EndsAt <= now ? SecretStates.Deleted
        : SecretStates.Live;

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
}
