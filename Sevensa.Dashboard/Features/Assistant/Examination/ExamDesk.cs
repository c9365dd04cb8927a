using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>Answered as 404.</summary>
internal sealed class UnknownExamException(string id)
    : Exception($"There is no examination \"{StoreText.Shorten(id, 60)}\".");

/// <summary>Answered as 409: another model is being examined.</summary>
internal sealed class ExamUnderWayException(string model, string id)
    : Exception(
        $"The model \"{model}\" is being examined ({id}), and one is examined at a time. Wait for its end, or cancel it."
    );

/// <summary>The models and what they may propose; examinations, one at a time, and what came of them.</summary>
internal sealed class ExamDesk(
    ChatModels models,
    ModelStandings standings,
    ModelExamStore store,
    Examiner examiner,
    StoreLocks locks,
    IAuditLog audit,
    TimeProvider time,
    ILogger<ExamDesk> log
) : IHostedService
{
    private const string Lock = "model exam";

    private const string Cancelled = "It was cancelled: not all cases were tried.";

    private readonly ChangeSignal changes = new(log);
    private Run? running;

    /// <summary>Called back, from any thread, when an examination begins, goes on or ends. Dispose to stop.</summary>
    public IDisposable OnChange(Action changed) => changes.OnChange(changed);

    /// <summary>Every configured model, the main one first, each asked of its server.</summary>
    public async Task<IReadOnlyList<ModelView>> ModelsAsync(CancellationToken cancellation) =>
        await Task.WhenAll(
            models.All.Where(model => model.IsConfigured).Select(model => ViewAsync(model, cancellation))
        );

    /// <exception cref="UnknownModelException">None of that name is configured.</exception>
    public Task<ModelView> ModelAsync(string name, CancellationToken cancellation) =>
        ViewAsync(models.Named(name), cancellation);

    /// <summary>Newest first.</summary>
    /// <param name="model">Of this model only.</param>
    public async Task<Page<ExamView>> PageAsync(string? model, PageAsked asked, CancellationToken cancellation)
    {
        ModelExamStore.NewestFirst.Check(asked);
        var page = await store.PageAsync(model, asked, cancellation);
        var cases = (await store.OutcomesAsync([.. page.Items.Select(row => row.Id)], cancellation)).ToLookup(one =>
            one.ExamId
        );
        var now = time.GetUtcNow();
        return page.Select(row => ExamView.Of(row, cases[row.Id], now));
    }

    /// <exception cref="UnknownExamException">There is none of that id.</exception>
    public async Task<ExamView> FindAsync(string id, CancellationToken cancellation) =>
        await store.FindAsync(id, cancellation) is { } row
            ? ExamView.Of(row, await store.CasesAsync([id], cancellation), time.GetUtcNow(), inFull: true)
            : throw new UnknownExamException(id);

    /// <summary>Begins an examination; of the same model that is being examined, that one is the answer.</summary>
    /// <exception cref="ForbiddenException">The caller is no administrator.</exception>
    /// <exception cref="UnknownModelException">None of that name is configured.</exception>
    /// <exception cref="ExamUnderWayException">Another model is being examined.</exception>
    /// <exception cref="UpstreamException">The model's server does not answer, or does not have it.</exception>
    public async Task<ExamView> StartAsync(Caller caller, string name, CancellationToken cancellation)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException("Examining a model needs the role Admin and the scope admin.");
        }
        var model = models.Named(name);
        await using var turn = await locks.TakeAsync([Lock], cancellation);
        if (await UnderWayAsync(cancellation) is { } other)
        {
            return other.Model == model.ModelName
                ? await FindAsync(other.Id, cancellation)
                : throw new ExamUnderWayException(other.Model, other.Id);
        }
        var row = await BeginAsync(model, caller.Name, caller.Actor(), cancellation);
        var run = new Run(row);
        running = run;
        run.Work = Task.Run(() => CarryOutAsync(model, row, run.Cancel.Token), CancellationToken.None);
        changes.Raise();
        return ExamView.Of(row, [], time.GetUtcNow());
    }

    /// <summary>Examines a model to the end, here and now.</summary>
    /// <param name="progress">Told of each case as it is done.</param>
    /// <exception cref="ExamUnderWayException">One is being examined.</exception>
    /// <exception cref="UpstreamException">The model's server does not answer, or does not have it.</exception>
    public async Task<ExamView> ExamineAsync(
        ChatModel model,
        Action<ModelExamCaseRow, int> progress,
        CancellationToken cancellation
    )
    {
        ModelExamRow row;
        await using (await locks.TakeAsync([Lock], cancellation))
        {
            if (await UnderWayAsync(cancellation) is { } other)
            {
                throw new ExamUnderWayException(other.Model, other.Id);
            }
            row = await BeginAsync(model, "console", AuditActor.System, cancellation);
        }
        await CarryOutAsync(model, row, cancellation, progress);
        return await FindAsync(row.Id, CancellationToken.None);
    }

    /// <summary>Ends one that is under way, whichever program carries it out; what was examined until then is kept and says nothing of the model.</summary>
    /// <exception cref="UnknownExamException">There is none of that id.</exception>
    public async Task<ExamView> CancelAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (!caller.IsAdmin)
        {
            throw new ForbiddenException("Cancelling an examination needs the role Admin and the scope admin.");
        }
        await FindAsync(id, cancellation);
        if (running is { } run && run.Row.Id == id && !run.Work.IsCompleted)
        {
            await audit.AppendAsync(
                new AuditEntry(caller.Actor(), "model.exam.cancelled", Target: $"{run.Row.Model} {id}"),
                cancellation
            );
            await run.Cancel.CancelAsync();
            await run.Work;
        }
        else if (await store.CancelAsync(id, Cancelled, time.GetUtcNow(), cancellation))
        {
            var row = await FindAsync(id, cancellation);
            await audit.AppendAsync(
                new AuditEntry(caller.Actor(), "model.exam.cancelled", Target: $"{row.Model} {id}"),
                cancellation
            );
            changes.Raise();
        }
        return await FindAsync(id, cancellation);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (running is { } run)
        {
            await run.Cancel.CancelAsync();
            await run.Work.WaitAsync(cancellationToken);
        }
    }

    private Task<ModelExamRow?> UnderWayAsync(CancellationToken cancellation) =>
        running is { Work.IsCompleted: false } run
            ? Task.FromResult<ModelExamRow?>(run.Row)
            : store.RunningAsync(time.GetUtcNow() - ExamView.Abandoned, cancellation);

    private async Task<ModelExamRow> BeginAsync(
        ChatModel model,
        string by,
        AuditActor actor,
        CancellationToken cancellation
    )
    {
        await model.LookAsync(cancellation);
        // Of whom nobody knows who it is, nothing would follow.
        var identity = await model.IdentifyAsync(cancellation) ?? throw model.NotIdentified;
        var now = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        var row = new ModelExamRow
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            Model = model.ModelName,
            Digest = identity.Digest,
            Server = ModelStandings.ServerOf(model, identity),
            ServerVersion = identity.ServerVersion,
            StartedAt = now,
            TouchedAt = now,
            ByName = by,
            State = ExamState.Running,
            Total = ExamSuite.Cases.Count,
        };
        await audit.AppendAsync(
            new AuditEntry(
                actor,
                "model.exam.started",
                Target: model.ModelName,
                Detail: $"{row.Total} cases; digest {identity.Digest ?? "not told"}."
            ),
            cancellation
        );
        await store.AddAsync(row, cancellation);
        return row;
    }

    private async Task CarryOutAsync(
        ChatModel model,
        ModelExamRow row,
        CancellationToken cancellation,
        Action<ModelExamCaseRow, int>? progress = null
    )
    {
        var done = new List<(string Area, bool Passed)>();
        var (state, note) = (ExamState.Ended, (string?)null);
        try
        {
            await foreach (var one in examiner.ExamineAsync(model, row.Id, cancellation))
            {
                done.Add((one.Area, one.Passed));
                (row.Done, row.Passed) = (done.Count, done.Count(it => it.Passed));
                row.TouchedAt = time.GetUtcNow();
                if (!await store.AddCaseAsync(row, one, cancellation))
                {
                    // Another program said so, and has kept it.
                    (row.State, row.Note) = (ExamState.Cancelled, Cancelled);
                    changes.Raise();
                    return;
                }
                progress?.Invoke(one, row.Total);
                changes.Raise();
            }
            // Another one may have been put under the name meanwhile: then nothing is known of either.
            var now = await model.IdentifyAsync(cancellation);
            if (now is null)
            {
                (state, note) = (
                    ExamState.Failed,
                    "Its server could not be asked at the end whether it still has the same model, so nothing follows."
                );
            }
            else if (now.Digest != row.Digest)
            {
                (state, note) = (ExamState.Failed, "The model was replaced on its server while it was examined.");
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            (state, note) = (ExamState.Cancelled, Cancelled);
        }
        catch (ExamBrokenException broken)
        {
            (state, note) = (ExamState.Failed, broken.Message);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The examination of {Model} failed", row.Model);
            (state, note) = (ExamState.Failed, "It failed for a reason that is written in the program's log.");
        }
        try
        {
            await KeepAsync(row, done, state, note);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "What came of the examination of {Model} could not be kept", row.Model);
        }
        finally
        {
            changes.Raise();
        }
    }

    private async Task KeepAsync(
        ModelExamRow row,
        IReadOnlyCollection<(string Area, bool Passed)> done,
        ExamState state,
        string? note
    )
    {
        (row.State, row.Note, row.EndedAt, row.TouchedAt) = (
            state,
            note,
            DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds()),
            time.GetUtcNow()
        );
        row.HighestRisk = state == ExamState.Ended ? ExamScore.HighestRisk(done) : null;
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "model.exam.ended",
                Target: row.Model,
                Detail: state == ExamState.Ended
                    ? $"{row.Passed} of {row.Total} cases passed; it may propose {(row.HighestRisk is null ? "nothing" : $"up to {ModelStanding.Word(row.HighestRisk)} risk")}."
                    : note
            ),
            CancellationToken.None
        );
        await store.EndAsync(row, CancellationToken.None);
    }

    private async Task<ModelView> ViewAsync(ChatModel model, CancellationToken cancellation)
    {
        ModelCan? can = null;
        ModelIdentity? identity = null;
        ModelFault? fault = null;
        try
        {
            var (facts, told, context, answer) = await model.ToldAsync(cancellation);
            identity = told;
            can = new ModelCan(
                facts.CallsTools,
                facts.Thinks,
                facts.LongestContext,
                context,
                answer,
                facts.IsLoaded,
                told.Parameters,
                told.Quantization
            );
        }
        catch (UpstreamException failed)
        {
            fault = new ModelFault(failed.Told, failed.Remedy);
        }
        var standing = await standings.OfAsync(model, identity, cancellation);
        var newest = await store.PageAsync(model.ModelName, new PageAsked(null, 1), cancellation);
        var exam = newest.Items is [var first, ..] ? first : null;
        return new ModelView(
            model.ModelName,
            model == models.Main,
            model.Protocol,
            fault is null ? "available" : "unavailable",
            can,
            identity?.Digest,
            identity?.Server,
            identity?.ServerVersion,
            fault is null
                ? new MayPropose(ModelStanding.Word(standing.HighestRisk), standing.Why, standing.Exam?.Id)
                : new MayPropose("none", "Its server can't be asked, so nothing is proposed by it now.", null),
            exam is null
                ? null
                : ExamView.Of(exam, await store.OutcomesAsync([exam.Id], cancellation), time.GetUtcNow()),
            fault
        );
    }

    private sealed class Run(ModelExamRow row)
    {
        public ModelExamRow Row { get; } = row;

        // Not disposed of: it has no timer, and who cancels just when the work ends must find it whole.
        public CancellationTokenSource Cancel { get; } = new();

        public Task Work { get; set; } = Task.CompletedTask;
    }
}
