using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Budgets;

/// <summary>What somebody has asked chat models on one day.</summary>
internal sealed class AskedDay
{
    /// <summary>The day and the person: <c>2026-11-30 id</c>.</summary>
    public required string Id { get; init; }

    /// <summary>As <c>yyyy-MM-dd</c>, in the house's zone.</summary>
    public required string Day { get; init; }
    public required string OwnerId { get; init; }
    public required string Name { get; init; }
    public int Questions { get; set; }

    /// <summary>Written by models, thoughts included.</summary>
    public long Tokens { get; set; }
}

/// <summary>How much somebody may ask chat models in a day; null is: as it is for everybody.</summary>
internal sealed class AskingBudget
{
    /// <summary>The person's subject, or <see cref="Everybody"/>.</summary>
    public required string Person { get; init; }
    public int? QuestionsADay { get; init; }
    public long? TokensADay { get; init; }
    public required string SetBy { get; init; }
    public required DateTimeOffset SetAt { get; init; }

    public const string Everybody = "everybody";
}

/// <summary>Budgets, and what was asked of them.</summary>
internal sealed class BudgetStore(IDbContextFactory<Store> stores, TimeProvider time) : IOutlivedRows
{
    /// <summary>Days that are kept; only today's is held against anybody.</summary>
    private const int KeptDays = 92;

    public static string Word(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public async Task<IReadOnlyList<AskingBudget>> BudgetsAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<AskingBudget>().AsNoTracking().OrderBy(one => one.Person).ToListAsync(cancellation);
    }

    /// <summary>The person's own and everybody's, as far as there are any.</summary>
    public async Task<(AskingBudget? Own, AskingBudget? Everybody)> ForAsync(
        string person,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<AskingBudget>()
            .AsNoTracking()
            .Where(one => one.Person == person || one.Person == AskingBudget.Everybody)
            .ToListAsync(cancellation);
        return (rows.Find(one => one.Person == person), rows.Find(one => one.Person == AskingBudget.Everybody));
    }

    /// <summary>Puts a budget in the place of the one before; one that says nothing takes it away.</summary>
    public async Task PutAsync(AskingBudget budget, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await using var transaction = await store.Database.BeginTransactionAsync(cancellation);
        await store.Set<AskingBudget>().Where(one => one.Person == budget.Person).ExecuteDeleteAsync(cancellation);
        if (budget is not { QuestionsADay: null, TokensADay: null })
        {
            store.Add(budget);
            await store.SaveChangesAsync(cancellation);
        }
        await transaction.CommitAsync(cancellation);
    }

    public async Task<AskedDay?> DayAsync(string owner, DateOnly day, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var id = IdOf(owner, day);
        return await store.Set<AskedDay>().AsNoTracking().SingleOrDefaultAsync(one => one.Id == id, cancellation);
    }

    public async Task<IReadOnlyList<AskedDay>> DaysAsync(DateOnly day, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var word = Word(day);
        return await store.Set<AskedDay>().AsNoTracking().Where(one => one.Day == word).ToListAsync(cancellation);
    }

    /// <summary>Counts one question, unless that would be one too many: of several at once only as many as there is room for.</summary>
    public async Task<bool> TakeAsync(
        string owner,
        string name,
        DateOnly day,
        (int? Questions, long? Tokens) most,
        CancellationToken cancellation
    )
    {
        var id = IdOf(owner, day);
        for (var tried = 0; ; tried++)
        {
            await using var store = await stores.CreateDbContextAsync(cancellation);
            var (questions, tokens) = (most.Questions ?? int.MaxValue, most.Tokens ?? long.MaxValue);
            if (
                await store
                    .Set<AskedDay>()
                    .Where(one => one.Id == id && one.Questions < questions && one.Tokens < tokens)
                    .ExecuteUpdateAsync(
                        row => row.SetProperty(one => one.Questions, one => one.Questions + 1),
                        cancellation
                    ) > 0
            )
            {
                return true;
            }
            if (tried > 0 || questions <= 0 || tokens <= 0 || await IsThereAsync(store, id, cancellation))
            {
                return false;
            }
            store.Add(
                new AskedDay
                {
                    Id = id,
                    Day = Word(day),
                    OwnerId = owner,
                    Name = name,
                    Questions = 1,
                }
            );
            try
            {
                await store.SaveChangesAsync(cancellation);
                return true;
            }
            catch (DbUpdateException) when (tried == 0)
            {
                // Another question of theirs has begun the day meanwhile.
            }
        }
    }

    /// <summary>Adds what a question has come to.</summary>
    /// <param name="questions">-1 where no model was asked after all.</param>
    public async Task AddAsync(string owner, DateOnly day, int questions, long tokens, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var id = IdOf(owner, day);
        await store
            .Set<AskedDay>()
            .Where(one => one.Id == id)
            .ExecuteUpdateAsync(
                row =>
                    row.SetProperty(one => one.Questions, one => one.Questions + questions)
                        .SetProperty(one => one.Tokens, one => one.Tokens + tokens),
                cancellation
            );
    }

    public Task RemoveAsync(CancellationToken cancellation)
    {
        var limit = Word(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(-KeptDays));
        return stores.RemoveAsync<AskedDay>(one => one.Day.CompareTo(limit) < 0, one => one.Id, cancellation);
    }

    private static string IdOf(string owner, DateOnly day) => $"{Word(day)} {owner}";

    private static Task<bool> IsThereAsync(Store store, string id, CancellationToken cancellation) =>
        store.Set<AskedDay>().AnyAsync(one => one.Id == id, cancellation);
}

internal sealed class AskedDayTable : IEntityTypeConfiguration<AskedDay>
{
    public void Configure(EntityTypeBuilder<AskedDay> builder)
    {
        builder.ToTable("AskedDays").HasKey(one => one.Id);
        builder.HasIndex(one => one.Day);
    }
}

internal sealed class AskingBudgetTable : IEntityTypeConfiguration<AskingBudget>
{
    public void Configure(EntityTypeBuilder<AskingBudget> builder) =>
        builder.ToTable("AskingBudgets").HasKey(one => one.Person);
}
