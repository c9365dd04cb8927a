using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>A tenant's rules, as a whole: their order decides which of two holds for a secret.</summary>
internal sealed class RotationRulesRow
{
    public required string Tenant { get; init; }

    /// <summary>Rises with each change.</summary>
    public required int Revision { get; set; }

    public required string RulesJson { get; set; }
}

/// <summary>The last turn that a secret had by a rule.</summary>
internal sealed class RotationTurnRow
{
    public required string Tenant { get; init; }
    public required string Path { get; init; }
    public required string RuleId { get; set; }
    public required DateTimeOffset WindowFrom { get; set; }
    public required DateTimeOffset WindowTo { get; set; }
    public required DateTimeOffset At { get; set; }

    /// <summary>It was made up for after the window.</summary>
    public required bool IsLate { get; set; }
    public required string? ProposalId { get; set; }

    /// <summary>What became of it, for people.</summary>
    public required string Words { get; set; }
}

/// <summary>A tenant's rules as they stand.</summary>
/// <param name="Revision">0 when none was ever set.</param>
internal sealed record RotationRules(string Tenant, int Revision, IReadOnlyList<RotationRule> All)
{
    /// <summary>The first that names it holds for a secret.</summary>
    public RotationRule? For(string path) => All.FirstOrDefault(rule => rule.Names(path));
}

internal sealed class ScheduleStore(IDbContextFactory<Store> stores)
{
    public const int LongestPath = 512;
    public const int LongestWords = 1000;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public async Task<IReadOnlyList<RotationRules>> AllAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return
        [
            .. (
                await store.Set<RotationRulesRow>().AsNoTracking().OrderBy(row => row.Tenant).ToListAsync(cancellation)
            ).Select(Read),
        ];
    }

    public async Task<RotationRules> FindAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return
            await store
                .Set<RotationRulesRow>()
                .AsNoTracking()
                .SingleOrDefaultAsync(row => row.Tenant == tenant, cancellation)
                is { } row
            ? Read(row)
            : new RotationRules(tenant, 0, []);
    }

    /// <remarks>Who writes holds the lock by the tenant's name.</remarks>
    public async Task WriteAsync(RotationRules rules, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var row = await store
            .Set<RotationRulesRow>()
            .SingleOrDefaultAsync(known => known.Tenant == rules.Tenant, cancellation);
        var text = JsonSerializer.Serialize(rules.All, Json);
        if (row is null)
        {
            store.Add(
                new RotationRulesRow
                {
                    Tenant = rules.Tenant,
                    Revision = rules.Revision,
                    RulesJson = text,
                }
            );
        }
        else
        {
            (row.Revision, row.RulesJson) = (rules.Revision, text);
        }
        await store.SaveChangesAsync(cancellation);
    }

    public async Task<IReadOnlyList<RotationTurnRow>> TurnsAsync(string tenant, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<RotationTurnRow>()
            .AsNoTracking()
            .Where(row => row.Tenant == tenant)
            .ToListAsync(cancellation);
    }

    /// <summary>In place of the secret's turn before.</summary>
    public async Task TellAsync(RotationTurnRow turn, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await store
            .Set<RotationTurnRow>()
            .Where(row => row.Tenant == turn.Tenant && row.Path == turn.Path)
            .ExecuteDeleteAsync(cancellation);
        store.Add(turn);
        await store.SaveChangesAsync(cancellation);
    }

    public static JsonElement Element(IReadOnlyList<RotationRule> rules) =>
        JsonSerializer.SerializeToElement(rules, Json);

    private static RotationRules Read(RotationRulesRow row) =>
        new(row.Tenant, row.Revision, JsonSerializer.Deserialize<IReadOnlyList<RotationRule>>(row.RulesJson, Json)!);
}

internal sealed class RotationTables
    : IEntityTypeConfiguration<RotationRulesRow>,
        IEntityTypeConfiguration<RotationTurnRow>
{
    public void Configure(EntityTypeBuilder<RotationRulesRow> builder)
    {
        builder.ToTable("RotationRules");
        builder.HasKey(row => row.Tenant);
        builder.Property(row => row.Tenant).HasMaxLength(64);
    }

    public void Configure(EntityTypeBuilder<RotationTurnRow> builder)
    {
        builder.ToTable("RotationTurns");
        builder.HasKey(row => new { row.Tenant, row.Path });
        builder.Property(row => row.Tenant).HasMaxLength(64);
        builder.Property(row => row.Path).HasMaxLength(ScheduleStore.LongestPath);
        builder.Property(row => row.RuleId).HasMaxLength(64);
        builder.Property(row => row.ProposalId).HasMaxLength(32);
        builder.Property(row => row.Words).HasMaxLength(ScheduleStore.LongestWords);
    }
}
