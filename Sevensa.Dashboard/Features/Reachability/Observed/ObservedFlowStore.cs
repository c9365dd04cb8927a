using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability.Observed;

/// <summary>Connections that were seen between two ends, and when.</summary>
internal sealed class ObservedFlowRow
{
    /// <summary>Made of both ends and the port.</summary>
    public required string Id { get; init; }
    public required EndKind FromKind { get; init; }
    public string? FromTenant { get; init; }
    public required string FromName { get; init; }
    public required EndKind ToKind { get; init; }
    public string? ToTenant { get; init; }
    public required string ToName { get; init; }
    public required string Port { get; init; }
    public required DateTimeOffset FirstSeenAt { get; set; }
    public required DateTimeOffset LastSeenAt { get; set; }

    /// <summary>Whose room it takes: of who reaches, so that nobody takes another's; of who is reached from outside.</summary>
    public string? Owner => FromKind == EndKind.Service ? FromTenant : ToTenant;

    public static string? OwnerOf(FlowEnd from, FlowEnd to) => from.Kind == EndKind.Service ? from.Tenant : to.Tenant;

    public static ObservedFlowRow Of(SeenFlow flow) =>
        new()
        {
            Id = Convert.ToHexStringLower(
                SHA256.HashData(
                    Encoding.UTF8.GetBytes(string.Join('\n', [.. Parts(flow.From), .. Parts(flow.To), flow.Port]))
                )
            ),
            FromKind = flow.From.Kind,
            FromTenant = flow.From.Tenant,
            FromName = flow.From.Name,
            ToKind = flow.To.Kind,
            ToTenant = flow.To.Tenant,
            ToName = flow.To.Name,
            Port = flow.Port,
            FirstSeenAt = flow.First,
            LastSeenAt = flow.Last,
        };

    public SeenFlow ToFlow() =>
        new(
            new FlowEnd(FromKind, FromTenant, FromName),
            new FlowEnd(ToKind, ToTenant, ToName),
            Port,
            FirstSeenAt,
            LastSeenAt
        );

    // A name may have any sign in it but these lengths.
    private static string[] Parts(FlowEnd end) =>
        [$"{end.Kind}", end.Tenant is { } tenant ? $"{tenant.Length} {tenant}" : "", $"{end.Name.Length} {end.Name}"];
}

internal sealed class ObservedFlowStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    /// <summary>Of one tenant; what comes beyond is not kept, and that is told.</summary>
    public const int MostOfTenant = 2000;

    public const int KeptDays = 30;

    private static readonly string[] Changing =
    [
        nameof(ObservedFlowRow.FirstSeenAt),
        nameof(ObservedFlowRow.LastSeenAt),
    ];

    /// <summary>Those to and from a tenant's services that were seen since then.</summary>
    public async Task<IReadOnlyList<SeenFlow>> OfTenantAsync(
        string tenant,
        DateTimeOffset since,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ObservedFlowRow>()
            .AsNoTracking()
            .Where(row => (row.FromTenant == tenant || row.ToTenant == tenant) && row.LastSeenAt >= since)
            .ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToFlow())];
    }

    public async Task<bool> AnyAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ObservedFlowRow>().AnyAsync(cancellation);
    }

    /// <summary>What services reach that was seen first since then, the newest first.</summary>
    public async Task<IReadOnlyList<SeenFlow>> NewFromServicesAsync(
        DateTimeOffset since,
        int most,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ObservedFlowRow>()
            .AsNoTracking()
            .Where(row => row.FromKind == EndKind.Service && row.FirstSeenAt >= since)
            .OrderByDescending(row => row.FirstSeenAt)
            .Take(most)
            .ToListAsync(cancellation);
        return [.. rows.Select(row => row.ToFlow())];
    }

    /// <summary>Services that were seen to reach something before then, and still are.</summary>
    public async Task<IReadOnlySet<(string? Tenant, string Name)>> ServicesSinceBeforeAsync(
        DateTimeOffset before,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<ObservedFlowRow>()
            .Where(row => row.FromKind == EndKind.Service && row.FirstSeenAt <= before)
            .Select(row => new { row.FromTenant, row.FromName })
            .Distinct()
            .ToListAsync(cancellation);
        return rows.Select(row => (row.FromTenant, row.FromName)).ToHashSet();
    }

    /// <summary>Tenants that have as many as there is room for; null for containers that are no tenant's.</summary>
    public async Task<IReadOnlyList<string?>> FullAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ObservedFlowRow>()
            .GroupBy(row => row.FromKind == EndKind.Service ? row.FromTenant : row.ToTenant)
            .Where(owned => owned.Count() >= MostOfTenant)
            .Select(owned => owned.Key)
            .ToListAsync(cancellation);
    }

    /// <summary>Keeps what was seen, with the first and the last time of each.</summary>
    /// <returns>Owners of those that there was no room for; null for containers that are no tenant's.</returns>
    public async Task<IReadOnlyList<string?>> SawAsync(IReadOnlyList<SeenFlow> seen, CancellationToken cancellation)
    {
        var rows = seen.Select(ObservedFlowRow.Of)
            .GroupBy(row => row.Id)
            .Select(same =>
            {
                var one = same.First();
                (one.FirstSeenAt, one.LastSeenAt) = (same.Min(row => row.FirstSeenAt), same.Max(row => row.LastSeenAt));
                return one;
            })
            .ToDictionary(row => row.Id, StringComparer.Ordinal);
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ids = rows.Keys.ToList();
        var known = await store
            .Set<ObservedFlowRow>()
            .AsNoTracking()
            .Where(row => ids.Contains(row.Id))
            .ToListAsync(cancellation);
        foreach (var before in known)
        {
            var row = rows[before.Id];
            row.FirstSeenAt = before.FirstSeenAt < row.FirstSeenAt ? before.FirstSeenAt : row.FirstSeenAt;
            row.LastSeenAt = before.LastSeenAt > row.LastSeenAt ? before.LastSeenAt : row.LastSeenAt;
        }
        var leftOut = new List<string?>();
        var have = known.Select(row => row.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var owned in rows.Values.Where(row => !have.Contains(row.Id)).GroupBy(row => row.Owner).ToList())
        {
            var owner = owned.Key;
            var room =
                MostOfTenant
                - await store
                    .Set<ObservedFlowRow>()
                    .CountAsync(
                        row => (row.FromKind == EndKind.Service ? row.FromTenant : row.ToTenant) == owner,
                        cancellation
                    );
            var beyond = owned.Skip(Math.Max(0, room)).ToList();
            foreach (var one in beyond)
            {
                rows.Remove(one.Id);
            }
            if (beyond.Count > 0)
            {
                leftOut.Add(owner);
            }
        }
        await stores.UpsertAsync([.. rows.Values], Changing, cancellation);
        return leftOut;
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        var before = time.GetUtcNow().AddDays(-KeptDays);
        await stores.RemoveAsync<ObservedFlowRow>(row => row.LastSeenAt < before, row => row.Id, cancellation);
    }
}

internal sealed class ObservedFlowTable : IEntityTypeConfiguration<ObservedFlowRow>
{
    public void Configure(EntityTypeBuilder<ObservedFlowRow> builder)
    {
        builder.ToTable("ObservedFlows").HasKey(row => row.Id);
        builder.Ignore(row => row.Owner);
    }
}
