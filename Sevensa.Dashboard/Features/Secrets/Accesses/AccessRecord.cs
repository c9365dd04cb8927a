using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets.Accesses;

/// <summary>That somebody used a secret, as Vault's audit log has it. Never a value.</summary>
/// <param name="Path">Below the tenant; of a database credential its path in Vault.</param>
/// <param name="Kind"><c>kv</c> or <c>database</c>.</param>
/// <param name="Operation">In Vault's words: <c>read</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>.</param>
/// <param name="Reader">The role of an AppRole, a user, or the name of the token.</param>
/// <param name="Refused">Why Vault did not do it, in its words; null when it did.</param>
/// <param name="Marks">What is unusual about it.</param>
internal sealed record SecretAccess(
    string Id,
    DateTimeOffset At,
    string Tenant,
    string Path,
    string Kind,
    string Operation,
    string Reader,
    IReadOnlyList<string> Policies,
    string? Address,
    string? Refused,
    IReadOnlyList<AccessMark> Marks
);

/// <param name="KnownSince">How far back the log was read to tell what is unusual.</param>
/// <param name="Complete">False when there was more than is read: then the oldest of the time asked for are missing.</param>
internal sealed record AccessList(IReadOnlyList<SecretAccess> Items, DateTimeOffset KnownSince, bool Complete);

/// <summary>
/// Who used which secret of a tenant, from Vault's audit log in Loki. The log is the platform's and tells of all tenants; of what it
/// holds only lines about the tenant's own paths are given out.
/// </summary>
internal sealed class AccessRecord(
    ILogs logs,
    ITenants tenants,
    ITenantScopes scopes,
    IOptions<SecretsOptions> options,
    TimeProvider time
)
{
    public const string UpstreamName = "Vault's audit log";

    /// <summary>Before the time asked for, to know what is usual.</summary>
    public static readonly TimeSpan Before = TimeSpan.FromDays(14);

    public static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    /// <summary>What Loki gives at once by its own default.</summary>
    private const int Piece = 5000;
    private const int MostPieces = 6;

    /// <param name="scope">That holds the tenant, as whoever asks may see it.</param>
    /// <exception cref="UpstreamException">Loki can't say, or it is not set where the audit log is.</exception>
    public async Task<AccessList> OfAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var (lines, reached) = await ReadAsync(scope, tenant, from - Before, to, cancellation);
        var marking = new AccessMarking(reached);
        var items = new List<SecretAccess>();
        foreach (var line in lines.OrderBy(line => line.At).ThenBy(line => line.Id, StringComparer.Ordinal))
        {
            var marks = marking.Next(line);
            if (line.At >= from && line.At < to)
            {
                items.Add(
                    new SecretAccess(
                        line.Id,
                        line.At,
                        line.Tenant,
                        line.Path,
                        line.Kind,
                        line.Operation,
                        line.Reader,
                        line.Policies,
                        line.Address,
                        line.Error,
                        marks
                    )
                );
            }
        }
        items.Reverse();
        return new AccessList(items, reached, reached <= from);
    }

    /// <summary>What is known of the last fourteen days, in no order.</summary>
    /// <exception cref="UpstreamException">Loki can't say, or it is not set where the audit log is.</exception>
    public async Task<IReadOnlyCollection<AuditLine>> LatelyAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        return (await ReadAsync(scope, tenant, now - Before, now, cancellation)).Lines;
    }

    /// <summary>The time that is asked for when none is.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Usual()
    {
        var now = time.GetUtcNow();
        return (now.AddDays(-7), now);
    }

    private async Task<(IReadOnlyCollection<AuditLine> Lines, DateTimeOffset Reached)> ReadAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        // Throws for a tenant that is not in it.
        scope.VaultPrefix(tenant);
        if (options.Value.AuditLogs is not { Length: > 0 } selector)
        {
            throw new UpstreamException(
                UpstreamName,
                UpstreamFault.NotConfigured,
                "It is not set where Vault's audit log is in Loki.",
                remedy: "Set Vault:AuditLogs."
            );
        }
        var reading = new AuditReading(
            options.Value.Mount,
            options.Value.Namespace?.Trim('/') ?? "",
            [.. (await tenants.AllAsync(cancellation)).Select(one => one.Id)]
        );
        var home = scopes.ForSystem(options.Value.AuditTenant);
        var query = reading.Query(selector, tenant);
        // A request may be told twice, by two collectors or where two pieces meet.
        var found = new Dictionary<string, AuditLine>();
        var end = to;
        for (var piece = 0; piece < MostPieces; piece++)
        {
            var lines = await logs.RecentAsync(home, query, from, end, Piece, cancellation);
            foreach (var line in lines)
            {
                if (reading.Read(line.Text) is { } read && read.Tenant == tenant)
                {
                    found.TryAdd(read.Id, read);
                }
            }
            if (lines.Count < Piece)
            {
                return (found.Values, from);
            }
            var oldest = DateTimeOffset.FromUnixTimeMilliseconds(lines[^1].TimeUnixNs / 1_000_000);
            // Within one millisecond there is no more to be told apart.
            end = oldest.AddMilliseconds(1) < end ? oldest.AddMilliseconds(1) : oldest;
        }
        return (found.Values, end);
    }
}
