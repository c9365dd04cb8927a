using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Where an examination stands.</summary>
internal enum ExamState
{
    Running,
    Ended,
    Failed,
    Cancelled,
}

/// <summary>One examination of a model, as it is kept. Only one that has ended says what the model may propose.</summary>
internal sealed class ModelExamRow
{
    public required string Id { get; init; }
    public required string Model { get; init; }

    /// <summary>Of the model that was examined; null when its server tells nothing of it.</summary>
    public string? Digest { get; init; }
    public string? Server { get; init; }
    public string? ServerVersion { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required string ByName { get; init; }
    public required ExamState State { get; set; }

    /// <summary>When a case was last done, by which it is known that somebody still works at it.</summary>
    public required DateTimeOffset TouchedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public int Done { get; set; }
    public required int Total { get; init; }
    public int Passed { get; set; }

    /// <summary>The highest risk that the result allows to propose; null for none.</summary>
    public Risk? HighestRisk { get; set; }
    public string? Note { get; set; }
}

/// <summary>One case of an examination.</summary>
internal sealed class ModelExamCaseRow
{
    public required string ExamId { get; init; }
    public required int Number { get; init; }
    public required string Area { get; init; }
    public required string Name { get; init; }
    public required string Question { get; init; }
    public required bool Passed { get; init; }

    /// <summary>Why it was not passed, in a sentence.</summary>
    public string? Why { get; init; }

    /// <summary>What the model said.</summary>
    public required string Answer { get; init; }

    /// <summary>JSON: what it called, with what, and whether that worked; what it proposed; what code added.</summary>
    public required string Happened { get; init; }
    public required double Seconds { get; init; }
}

internal sealed class ModelExamTables
    : IEntityTypeConfiguration<ModelExamRow>,
        IEntityTypeConfiguration<ModelExamCaseRow>
{
    public void Configure(EntityTypeBuilder<ModelExamRow> builder)
    {
        builder.ToTable("ModelExams").HasKey(row => row.Id);
        builder.HasIndex(row => new { row.Model, row.StartedAt });
        builder.Property(row => row.State).HasConversion<string>().HasMaxLength(16);
        builder.Property(row => row.HighestRisk).HasConversion<string>().HasMaxLength(16);
    }

    public void Configure(EntityTypeBuilder<ModelExamCaseRow> builder)
    {
        builder.ToTable("ModelExamCases").HasKey(row => new { row.ExamId, row.Number });
        builder.HasOne<ModelExamRow>().WithMany().HasForeignKey(row => row.ExamId);
    }
}

/// <summary>Examinations and their cases. The last ones of each model are kept.</summary>
internal sealed class ModelExamStore(IDbContextFactory<Store> stores)
{
    /// <summary>Examinations of each model that are kept.</summary>
    private const int Kept = 20;

    public static readonly RowOrder<ModelExamRow> NewestFirst = new RowOrder<ModelExamRow>("exams")
        .ByNewest(row => row.StartedAt)
        .By(row => row.Id);

    public async Task AddAsync(ModelExamRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
    }

    /// <param name="model">Of this model only; of all when null.</param>
    public async Task<Page<ModelExamRow>> PageAsync(string? model, PageAsked asked, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = store.Set<ModelExamRow>().AsNoTracking();
        return await NewestFirst.PageAsync(
            store,
            model is null ? rows : rows.Where(row => row.Model == model),
            asked,
            cancellation,
            usual: 50
        );
    }

    public async Task<ModelExamRow?> FindAsync(string id, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store.Set<ModelExamRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Id == id, cancellation);
    }

    /// <summary>
    /// What counts for a model: the newest of this digest that has ended, whatever the model was called then, and when there is
    /// none the newest of another digest under its name. Without a digest it is name and server together.
    /// </summary>
    public async Task<(ModelExamRow? Own, ModelExamRow? OfAnother)> NewestEndedAsync(
        string model,
        string? digest,
        string? server,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ended = store.Set<ModelExamRow>().AsNoTracking().Where(row => row.State == ExamState.Ended);
        var own = await ended
            .Where(row =>
                digest == null ? row.Model == model && row.Digest == null && row.Server == server : row.Digest == digest
            )
            .OrderByDescending(row => row.StartedAt)
            .FirstOrDefaultAsync(cancellation);
        return (
            own,
            own is not null
                ? null
                : await ended
                    .Where(row => row.Model == model)
                    .OrderByDescending(row => row.StartedAt)
                    .FirstOrDefaultAsync(cancellation)
        );
    }

    /// <summary>One that was touched since, so that somebody still works at it.</summary>
    public async Task<ModelExamRow?> RunningAsync(DateTimeOffset since, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ModelExamRow>()
            .AsNoTracking()
            .Where(row => row.State == ExamState.Running && row.TouchedAt > since)
            .OrderByDescending(row => row.StartedAt)
            .FirstOrDefaultAsync(cancellation);
    }

    /// <summary>Of which area each case was, and whether it was passed: what was asked, said and done is long, and left out.</summary>
    public async Task<IReadOnlyList<ModelExamCaseRow>> OutcomesAsync(
        IReadOnlyCollection<string> exams,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ModelExamCaseRow>()
            .AsNoTracking()
            .Where(row => exams.Contains(row.ExamId))
            .OrderBy(row => row.ExamId)
            .ThenBy(row => row.Number)
            .Select(row => new ModelExamCaseRow
            {
                ExamId = row.ExamId,
                Number = row.Number,
                Area = row.Area,
                Name = row.Name,
                Question = "",
                Passed = row.Passed,
                Answer = "",
                Happened = "",
                Seconds = row.Seconds,
            })
            .ToListAsync(cancellation);
    }

    public async Task<IReadOnlyList<ModelExamCaseRow>> CasesAsync(
        IReadOnlyCollection<string> exams,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<ModelExamCaseRow>()
            .AsNoTracking()
            .Where(row => exams.Contains(row.ExamId))
            .OrderBy(row => row.ExamId)
            .ThenBy(row => row.Number)
            .ToListAsync(cancellation);
    }

    /// <summary>Keeps what came of a case, and how far the examination is.</summary>
    /// <returns>False, with nothing kept, when it was cancelled meanwhile, by whichever program.</returns>
    public async Task<bool> AddCaseAsync(ModelExamRow exam, ModelExamCaseRow row, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (await IsCancelledAsync(store, exam.Id, cancellation))
        {
            return false;
        }
        store.Attach(exam);
        store.Entry(exam).Property(one => one.Done).IsModified = true;
        store.Entry(exam).Property(one => one.Passed).IsModified = true;
        store.Entry(exam).Property(one => one.TouchedAt).IsModified = true;
        store.Add(row);
        await store.SaveChangesAsync(cancellation);
        return true;
    }

    /// <summary>Cancels one that is under way, whichever program carries it out; that one learns of it with its next case.</summary>
    /// <returns>False when it is not under way.</returns>
    public async Task<bool> CancelAsync(string id, string note, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
                .Set<ModelExamRow>()
                .Where(row => row.Id == id && row.State == ExamState.Running)
                .ExecuteUpdateAsync(
                    row =>
                        row.SetProperty(one => one.State, ExamState.Cancelled)
                            .SetProperty(one => one.Note, note)
                            .SetProperty(one => one.EndedAt, now)
                            .SetProperty(one => one.TouchedAt, now),
                    cancellation
                ) > 0;
    }

    private static Task<bool> IsCancelledAsync(Store store, string id, CancellationToken cancellation) =>
        store.Set<ModelExamRow>().AnyAsync(row => row.Id == id && row.State == ExamState.Cancelled, cancellation);

    /// <summary>Keeps how it ended, and lets the oldest of the model go.</summary>
    public async Task EndAsync(ModelExamRow exam, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (!await IsCancelledAsync(store, exam.Id, cancellation))
        {
            store.Update(exam);
            await store.SaveChangesAsync(cancellation);
        }
        var all = await store
            .Set<ModelExamRow>()
            .Where(row => row.Model == exam.Model)
            .OrderByDescending(row => row.StartedAt)
            .Select(row => new { row.Id, row.State })
            .ToListAsync(cancellation);
        // What the model may propose rests on the newest that has ended, however many were broken off since.
        var counts = all.Find(row => row.State == ExamState.Ended)?.Id;
        var gone = all.Skip(Kept).Select(row => row.Id).Where(id => id != counts).ToList();
        await store.Set<ModelExamCaseRow>().Where(row => gone.Contains(row.ExamId)).ExecuteDeleteAsync(cancellation);
        await store.Set<ModelExamRow>().Where(row => gone.Contains(row.Id)).ExecuteDeleteAsync(cancellation);
    }
}
