using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Judging;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record FindingPage(IReadOnlyList<Finding> Items, string? Next);

/// <param name="Lists">In the order in which they were asked for.</param>
internal sealed record FindingOverview(
    IReadOnlyList<FindingPage> Lists,
    IReadOnlyDictionary<Severity, int> Open,
    IReadOnlyDictionary<Severity, int> Overdue
);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownFindingException(string id) : Exception($"There is no finding \"{id}\" that you can see.");

/// <summary>Answered as 422.</summary>
internal sealed class UndecidableException(string message) : Exception(message);

/// <summary>Findings as the containers of a tenant have them, and what is decided about them.</summary>
internal sealed class FindingDesk(
    ImageStore imageStore,
    FindingStore store,
    FindingPageStore pages,
    FindingDueStore dueStore,
    FindingChangeStore changes,
    FindingQuestions questions,
    RunningImages runningImages,
    ScanRights rights,
    IFleet fleet,
    IStrangers strangers,
    DuePolicies due,
    FixedFindingStore fixes,
    IAuditLog audit,
    TimeProvider time
) : IFindings
{
    /// <summary>In the order that is asked for.</summary>
    /// <param name="cursor">Where an earlier page ended; null for the first one.</param>
    /// <param name="most">Rows of a page.</param>
    /// <exception cref="BadHttpRequestException">400: the cursor is none that was given out.</exception>
    public async Task<FindingPage> ListAsync(
        Caller caller,
        FindingFilter filter,
        string? cursor,
        int most,
        CancellationToken cancellation
    )
    {
        ReadCursor(filter, cursor);
        return await PageAsync(
            caller,
            await questions.AskAsync(caller, filter, alsoOwned: true, cancellation),
            filter,
            cursor,
            most,
            cancellation
        );
    }

    /// <summary>What a page shows: the first of several lists of one tenant, and how many are open and overdue.</summary>
    /// <param name="kind">Of which those are counted; null for all.</param>
    public async Task<FindingOverview> OverviewAsync(
        Caller caller,
        string tenant,
        IReadOnlyList<FindingFilter> lists,
        FindingKind? kind,
        int most,
        CancellationToken cancellation
    )
    {
        var scene = await questions.SceneAsync(caller, tenant, alsoOwned: true, cancellation);
        var shown = new List<FindingPage>(lists.Count);
        foreach (var filter in lists)
        {
            var question = await questions.AskAsync(caller, scene, filter, cancellation);
            shown.Add(await PageAsync(caller, question, filter, null, most, cancellation));
        }
        return new FindingOverview(
            shown,
            await CountedAsync(new FindingFilter(tenant, State: FindingState.Open, Kind: kind)),
            await CountedAsync(new FindingFilter(tenant, Kind: kind, Overdue: true))
        );

        async Task<IReadOnlyDictionary<Severity, int>> CountedAsync(FindingFilter filter)
        {
            var question = await questions.AskAsync(caller, scene, filter, cancellation);
            return await store.CountAsync(question.Asked, time.GetUtcNow(), cancellation);
        }
    }

    private static FindingOrder OrderOf(FindingFilter filter) =>
        // What is overdue is read in the order in which it came to be so, whatever is asked for: the others of its severity are many.
        filter.Overdue
            ? FindingOrder.Due
        : filter is { Order: FindingOrder.Due, State: not (null or FindingState.Open) } ? FindingOrder.Severity
        : filter.Order;

    /// <summary>Looked at before anything is looked for.</summary>
    private static Cursor? ReadCursor(FindingFilter filter, string? cursor) =>
        OrderOf(filter) switch
        {
            FindingOrder.Due => FindingDueStore.ReadCursor(cursor),
            FindingOrder.Priority => FindingPageStore.ReadPriorityCursor(cursor),
            _ => FindingPageStore.ReadCursor(cursor),
        };

    private async Task<FindingPage> PageAsync(
        Caller caller,
        FindingQuestion question,
        FindingFilter filter,
        string? cursor,
        int most,
        CancellationToken cancellation
    )
    {
        var (order, after) = (OrderOf(filter), ReadCursor(filter, cursor));
        var (asked, _, book) = question;
        var now = time.GetUtcNow();
        var found = order switch
        {
            FindingOrder.Due => await dueStore.PageAsync(asked, book.Groups, after, most + 1, now, cancellation),
            FindingOrder.Priority => await pages.PageAsync(question, after, most + 1, now, cancellation),
            _ => await pages.PageAsync(asked, after, most + 1, now, cancellation),
        };
        var items = found
            .Take(most)
            .Select(row =>
                ToldFinding.Of(caller, row.Finding, row.Image, question.ContainersOf(row.Image.Id), book, now)
            )
            .ToList();
        if (found.Count <= most)
        {
            return new FindingPage(items, null);
        }
        var last = found[most - 1].Finding;
        return new FindingPage(
            items,
            order switch
            {
                FindingOrder.Due => FindingDueStore.CursorAfter(last, book.Of(last.ImageId).Of(last)),
                FindingOrder.Priority => FindingPageStore.CursorAfter(
                    last,
                    Exposures.Of(question.ContainersOf(last.ImageId))
                ),
                _ => FindingPageStore.CursorAfter(last),
            }
        );
    }

    /// <summary>How many there are of each severity, of images that run and of those that are a tenant's without running.</summary>
    public async Task<IReadOnlyDictionary<Severity, int>> CountAsync(
        Caller caller,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var (asked, _, _) = await questions.AskAsync(caller, filter, alsoOwned: true, cancellation);
        return await store.CountAsync(asked, time.GetUtcNow(), cancellation);
    }

    /// <summary>Ids of the images whose findings a list of the tenant's shows; null for those of all images.</summary>
    /// <param name="tenant">Null: of all that the caller has.</param>
    public async Task<IReadOnlyCollection<string>?> ImagesAsync(
        Caller caller,
        string? tenant,
        CancellationToken cancellation
    )
    {
        var (asked, _, _) = await questions.AskAsync(caller, new FindingFilter(tenant), alsoOwned: true, cancellation);
        return asked.Images;
    }

    /// <summary>The same by kind.</summary>
    public async Task<IReadOnlyDictionary<(FindingKind Kind, Severity Severity), int>> CountByKindAsync(
        Caller caller,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var (asked, _, _) = await questions.AskAsync(caller, filter, alsoOwned: true, cancellation);
        return await store.CountByKindAsync(asked, time.GetUtcNow(), cancellation);
    }

    /// <summary>How many vulnerabilities a tenant has open, and how long half of them have been.</summary>
    public async Task<IReadOnlyDictionary<Severity, (int Count, TimeSpan? Median)>> OpenAgesAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        var filter = new FindingFilter(tenant, State: FindingState.Open, Kind: FindingKind.Vulnerability);
        var (asked, _, _) = await questions.AskAsync(caller, filter, alsoOwned: true, cancellation);
        return await store.OpenAgesAsync(asked, time.GetUtcNow(), cancellation);
    }

    public async Task<FindingCounts> CountAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        var filter = new FindingFilter(tenant, State: FindingState.Open, Kind: FindingKind.Vulnerability);
        var (asked, _, _) = await questions.AskAsync(caller, filter, alsoOwned: false, cancellation);
        var open = await store.CountAsync(asked, time.GetUtcNow(), cancellation);
        return new FindingCounts(
            open.GetValueOrDefault(Severity.Critical),
            open.GetValueOrDefault(Severity.High),
            open.GetValueOrDefault(Severity.Medium),
            open.GetValueOrDefault(Severity.Low),
            open.GetValueOrDefault(Severity.Unknown)
        );
    }

    /// <summary>Decisions open and close gates: a person makes them, with a reason, who sees all tenants that they concern.</summary>
    /// <param name="decision">One of <see cref="Decision.Words"/>.</param>
    /// <param name="until">For an acceptance: open again after this.</param>
    /// <param name="justification">For what is not affected: one of <see cref="Justifications"/>.</param>
    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Finding> DecideAsync(
        Caller caller,
        string id,
        string? decision,
        string? reason,
        DateTimeOffset? until,
        CancellationToken cancellation,
        string? justification = null
    )
    {
        var now = time.GetUtcNow();
        var shown = await ToChangeAsync(caller, id, cancellation);
        var (row, all, seen, _) = shown;
        var decided = Decision.Of(decision, reason, until, justification, now);
        if (!caller.IsPerson)
        {
            throw new ForbiddenException($"{decided.Deed} is a person's decision; this token acts for nobody.");
        }
        shown.MustConcernNoOthers(decided.Deed);
        var words = string.Join(": ", new[] { decided.Justification, decided.Reason }.OfType<string>());
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                decided.Action,
                seen.FirstOrDefault()?.Container.Tenant,
                row.Id,
                Detail: $"{row.Vulnerability} in {row.Package} {row.Installed}: {words}",
                Before: Decision.Told(row.StateAt(now), row.Reason, row.Until, row.Justification),
                After: Decision.Told(decided.State, decided.Reason, decided.Until, decided.Justification)
            ),
            cancellation
        );
        // An exception has somebody who answers for it.
        var owner = decided.State is FindingState.Accepted or FindingState.NotAffected
            ? new FindingOwner(caller.Subject, caller.Name)
            : null;
        var changed =
            await changes.DecideAsync(id, decided, caller.Name, owner, now, cancellation)
            ?? throw new UnknownFindingException(id);
        await (
            decided.State == FindingState.Fixed
                ? fixes.SaidFixedAsync(changed, all.Select(one => one.Container.Tenant), now, cancellation)
                : fixes.NotFixedAsync([id], cancellation)
        );
        return await ToldAsync(caller, changed, seen, cancellation);
    }

    /// <summary>A finding that somebody is about to change, who may.</summary>
    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    internal async Task<Shown> ToChangeAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var shown = await ShownAsync(caller, id, cancellation);
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Deciding about findings needs the role Operator.");
        }
        if (shown.All.Count == 0 && !caller.Tenants.IsAll && fleet.NotTold is { Count: > 0 } silent)
        {
            // Another tenant may run it there, whom the decision concerns too.
            throw new NotKnownYetException(silent, noneTold: false);
        }
        return shown;
    }

    /// <summary>A finding as it is told to somebody.</summary>
    internal async Task<Finding> ToldAsync(
        Caller caller,
        FindingRow row,
        IReadOnlyList<RunningContainer> seen,
        CancellationToken cancellation
    )
    {
        var image = (await imageStore.ImageAsync(row.ImageId, cancellation))!;
        string[] tenants = [.. seen.Select(one => one.Container.Tenant).Distinct()];
        if (tenants.Length == 0)
        {
            tenants = [.. ImageOwners.Ids(image.Owners).Where(caller.MaySee)];
        }
        var book = await due.OfAsync(
            new Dictionary<string, IReadOnlyCollection<string>> { [row.ImageId] = tenants },
            cancellation
        );
        string[] exposed = Exposures.Of(seen) >= Exposure.Published ? [row.ImageId] : [];
        return ToldFinding.Of(caller, row, image, seen, book.WithExposed(exposed), time.GetUtcNow());
    }

    /// <summary>One finding with everything that was decided of it, the newest last.</summary>
    /// <exception cref="UnknownFindingException">404</exception>
    public async Task<FindingWhole> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var (row, _, seen, _) = await ShownAsync(caller, id, cancellation);
        var history = await store.HistoryAsync(id, cancellation);
        return new FindingWhole(
            await ToldAsync(caller, row, seen, cancellation),
            [
                .. history.Select(one => new FindingChange(one.Deed, one.State, one.Reason, one.Until, one.By, one.At)
                {
                    Judged = ToldFinding.Judged(one.Judged, one.Justification),
                }),
            ]
        );
    }

    /// <summary>A finding, who runs its image, and who of them the caller sees.</summary>
    /// <exception cref="UnknownFindingException">404: there is none, or the caller sees nobody whose it is.</exception>
    private async Task<Shown> ShownAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var row = await store.FindAsync(id, cancellation) ?? throw new UnknownFindingException(id);
        var all = (await runningImages.OfTenantsAsync(_ => true, cancellation)).GetValueOrDefault(row.ImageId) ?? [];
        var seen = all.Where(one => caller.MaySee(one.Container.Tenant)).ToList();
        var owned = all.Count == 0 ? await OwnedAsync(caller, row.ImageId, cancellation) : null;
        if (!caller.Tenants.IsAll && seen.Count == 0 && owned is not { BySomeOfTheirs: true })
        {
            await strangers.RecordAsync(caller, $"the finding {id}", cancellation);
            throw new UnknownFindingException(id);
        }
        return new Shown(row, all, seen, owned);
    }

    internal sealed record Shown(FindingRow Row, List<RunningContainer> All, List<RunningContainer> Seen, Owned? Owned)
    {
        /// <summary>Whether tenants have the image whom the caller does not see.</summary>
        private bool ConcernsOthers => Seen.Count < All.Count || Owned is { ByOthers: true };

        /// <param name="deed">What is about to be done, as a sentence begins.</param>
        /// <exception cref="ForbiddenException">It concerns tenants whom the caller does not see.</exception>
        public void MustConcernNoOthers(string deed)
        {
            if (ConcernsOthers)
            {
                throw new ForbiddenException(
                    $"{deed} of this image concerns tenants that you don't see too. Ask somebody who sees them all."
                );
            }
        }
    }

    /// <summary>Whose an image is that no container runs.</summary>
    private async Task<Owned?> OwnedAsync(Caller caller, string imageId, CancellationToken cancellation) =>
        await imageStore.ImageAsync(imageId, cancellation) is { } image
            ? new Owned(
                rights.MaySee(caller, new KnownImage(image, await imageStore.DigestsOfAsync(imageId, cancellation))),
                !ImageOwners.AreAllSeen(image.Owners, caller)
            )
            : null;

    internal sealed record Owned(bool BySomeOfTheirs, bool ByOthers);
}
