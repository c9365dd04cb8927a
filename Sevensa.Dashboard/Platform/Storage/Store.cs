using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// The product's own tables. Features add theirs with an <see cref="IEntityTypeConfiguration{TEntity}"/> beside their store class;
/// they are found by scanning this assembly. One subclass per provider, because each has migrations of its own.
/// Take <see cref="IDbContextFactory{TContext}"/> of this type and use one context per operation.
/// </summary>
public abstract class Store(DbContextOptions options) : DbContext(options), IDataProtectionKeyContext
{
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <exception cref="TextTooLongException">A text is longer than its column; SQLite would keep it.</exception>
    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        RefuseTooLong();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    /// <exception cref="TextTooLongException">A text is longer than its column; SQLite would keep it.</exception>
    public override Task<int> SaveChangesAsync(
        bool acceptAllChangesOnSuccess,
        CancellationToken cancellationToken = default
    )
    {
        RefuseTooLong();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    private void RefuseTooLong()
    {
        foreach (var entry in ChangeTracker.Entries())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified))
            {
                continue;
            }
            foreach (var property in entry.Metadata.GetProperties())
            {
                if (
                    property.ClrType == typeof(string)
                    && property.GetMaxLength() is { } most
                    && entry.CurrentValues[property] is string text
                    && text.Length > most
                )
                {
                    throw new TextTooLongException(
                        $"\"{System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name)}\"",
                        text.Length,
                        most
                    );
                }
            }
        }
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(Store).Assembly);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // SQLite can neither order nor compare its own text form of a DateTimeOffset; milliseconds are what the API promises.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
    }

    private sealed class UnixMilliseconds()
        : ValueConverter<DateTimeOffset, long>(
            time => time.ToUnixTimeMilliseconds(),
            milliseconds => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
        );
}

public sealed class SqliteStore(DbContextOptions<SqliteStore> options) : Store(options);

public sealed class PostgresStore(DbContextOptions<PostgresStore> options) : Store(options);

/// <summary>Marks a table whose rows are never changed or removed; triggers hold that on both providers.</summary>
public static class AppendOnly
{
    public const string Annotation = "Sevensa:AppendOnly";

    public static Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<T> IsAppendOnly<T>(
        this Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<T> entity
    )
        where T : class
    {
        entity.HasAnnotation(Annotation, true);
        return entity;
    }

    internal static IReadOnlyList<IEntityType> Of(Store store) =>
        [
            .. store
                .GetService<IDesignTimeModel>()
                .Model.GetEntityTypes()
                .Where(entity => entity.FindAnnotation(Annotation) is not null),
        ];

    internal static IEnumerable<string> TablesOf(Store store) => Of(store).Select(entity => entity.GetTableName()!);
}
