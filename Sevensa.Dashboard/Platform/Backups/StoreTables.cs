using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>The store's tables as both providers keep them.</summary>
internal static class StoreTables
{
    public const string History = "__EFMigrationsHistory";

    /// <summary>What is neither a row of anybody nor strange in a store: how it came to its shape.</summary>
    public static readonly IReadOnlySet<string> OfShape = new HashSet<string>
    {
        History,
        "__EFMigrationsLock",
        "StoreShape",
    };

    /// <summary>Tables after those that they refer to.</summary>
    public static IReadOnlyList<string> Ordered(Store store)
    {
        var ordered = new List<string>();
        var pending = Relational(store).Tables.ToList();
        while (pending.Count > 0)
        {
            var ready = pending
                .Where(table =>
                    table.ForeignKeyConstraints.All(key =>
                        key.PrincipalTable == table || !pending.Contains(key.PrincipalTable)
                    )
                )
                .ToList();
            // A circle has no order; its tables go as they come.
            foreach (var table in ready.Count > 0 ? ready : [.. pending])
            {
                ordered.Add(table.Name);
                pending.Remove(table);
            }
        }
        return ordered;
    }

    /// <summary>Rows that a migration brings, which are there before anybody used the store.</summary>
    public static IReadOnlyDictionary<string, int> Brought(Store store) =>
        DesignModel(store)
            .GetEntityTypes()
            .Select(entity => (Table: entity.GetTableName(), Rows: entity.GetSeedData().Count()))
            .Where(one => one.Table is not null && one.Rows > 0)
            .GroupBy(one => one.Table!)
            .ToDictionary(table => table.Key, table => table.Sum(one => one.Rows));

    public static IRelationalModel Relational(Store store) => DesignModel(store).GetRelationalModel();

    public static IModel DesignModel(Store store) => store.GetService<IDesignTimeModel>().Model;

    /// <summary>A context that knows a provider's tables and migrations and is connected to nothing.</summary>
    public static Store Unconnected(bool isSqlite) =>
        isSqlite
            ? new SqliteStore(new DbContextOptionsBuilder<SqliteStore>().UseSqlite("Data Source=:memory:").Options)
            : new PostgresStore(new DbContextOptionsBuilder<PostgresStore>().UseNpgsql("Host=localhost").Options);

    public static string ProviderOf(Store store) => store.Database.IsSqlite() ? "sqlite" : "postgres";

    /// <summary>What a migration is called on both providers: their times differ.</summary>
    public static string NameOf(string migration) =>
        migration[(migration.IndexOf('_', StringComparison.Ordinal) + 1)..];
}
