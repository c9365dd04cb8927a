using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Next">Where the next page begins; null at the end.</param>
internal sealed record FindingPage(IReadOnlyList<Finding> Items, string? Next);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownFindingException(string id) : Exception($"There is no finding \"{id}\" that you can see.");

/// <summary>Answered as 422.</summary>
internal sealed class UndecidableException(string message) : Exception(message);

/// <summary>Findings as the containers of a tenant have them, and what is decided about them.</summary>
internal sealed class FindingDesk(
    ScanStore scans,
    FindingStore store,
    FindingDueStore dueStore,
    FindingChangeStore changes,
    RunningImages runningImages,
    ScanRights rights,
    IFleet fleet,
    ITenantScopes scopes,
    IStrangers strangers,
    DuePolicies due,
    FixStore fixes,
    IAuditLog audit,
    TimeProvider time
) : IFindings
{
    /// <summary>The most severe first.</summary>
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
        // What is overdue is read in the order in which it came to be so, whatever is asked for: the others of its severity are many.
        var byDue = filter.Overdue || filter is { Order: FindingOrder.Due, State: null or FindingState.Open };
        var after = byDue ? FindingDueStore.ReadCursor(cursor) : FindingStore.ReadCursor(cursor);
        var (asked, running, book) = await AskedAsync(caller, filter, alsoOwned: true, cancellation);
        var now = time.GetUtcNow();
        var found = byDue
            ? await dueStore.PageAsync(asked, book.Groups, after, most + 1, now, cancellation)
            : await store.PageAsync(asked, after, most + 1, now, cancellation);
        var items = found
            .Take(most)
            .Select(row => Of(caller, row.Finding, row.Image, running.GetValueOrDefault(row.Image.Id) ?? [], book, now))
            .ToList();
        if (found.Count <= most)
        {
            return new FindingPage(items, null);
        }
        var last = found[most - 1].Finding;
        return new FindingPage(
            items,
            byDue ? FindingDueStore.CursorAfter(last, book.Of(last.ImageId).Of(last)) : FindingStore.CursorAfter(last)
        );
    }

    /// <summary>How many there are of each severity, of images that run and of those that are a tenant's without running.</summary>
    public async Task<IReadOnlyDictionary<Severity, int>> CountAsync(
        Caller caller,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var (asked, _, _) = await AskedAsync(caller, filter, alsoOwned: true, cancellation);
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
        var (asked, _, _) = await AskedAsync(caller, new FindingFilter(tenant), alsoOwned: true, cancellation);
        return asked.Images;
    }

    /// <summary>The same by kind.</summary>
    public async Task<IReadOnlyDictionary<(FindingKind Kind, Severity Severity), int>> CountByKindAsync(
        Caller caller,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var (asked, _, _) = await AskedAsync(caller, filter, alsoOwned: true, cancellation);
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
        var (asked, _, _) = await AskedAsync(caller, filter, alsoOwned: true, cancellation);
        return await store.OpenAgesAsync(asked, time.GetUtcNow(), cancellation);
    }

    public async Task<FindingCounts> CountAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        var filter = new FindingFilter(tenant, State: FindingState.Open, Kind: FindingKind.Vulnerability);
        var (asked, _, _) = await AskedAsync(caller, filter, alsoOwned: false, cancellation);
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
    /// <param name="decision"><c>accept</c>, <c>fixed</c> or <c>reopen</c>.</param>
    /// <param name="until">For an acceptance: open again after this.</param>
    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Finding> DecideAsync(
        Caller caller,
        string id,
        string? decision,
        string? reason,
        DateTimeOffset? until,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var shown = await ToChangeAsync(caller, id, cancellation);
        var (row, all, seen, _) = shown;
        var state = decision switch
        {
            "accept" => FindingState.Accepted,
            "fixed" => FindingState.Fixed,
            "reopen" => FindingState.Open,
            _ => throw new UndecidableException("The decision is accept, fixed or reopen."),
        };
        var why = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        Check(caller, state, why, shown);
        if (state != FindingState.Accepted && until is not null)
        {
            throw new UndecidableException("Only an acceptance has an end: leave \"until\" out.");
        }
        if (until <= now)
        {
            throw new UndecidableException("The time until which it is accepted has passed.");
        }
        TextLimits.Check(why, "The reason", 1000);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                state switch
                {
                    FindingState.Accepted => "finding.accepted",
                    FindingState.Fixed => "finding.fixed",
                    _ => "finding.reopened",
                },
                seen.FirstOrDefault()?.Container.Tenant,
                row.Id,
                Detail: $"{row.Vulnerability} in {row.Package} {row.Installed}: {why}",
                Before: Told(row.StateAt(now), row.Reason, row.Until),
                After: Told(state, why, until)
            ),
            cancellation
        );
        // An exception has somebody who answers for it.
        var owner = state == FindingState.Accepted ? new FindingOwner(caller.Subject, caller.Name) : null;
        var decided =
            await changes.DecideAsync(id, state, why, until, caller.Name, owner, now, cancellation)
            ?? throw new UnknownFindingException(id);
        await (
            state == FindingState.Fixed
                ? fixes.SaidFixedAsync(decided, all.Select(one => one.Container.Tenant), now, cancellation)
                : fixes.NotFixedAsync([id], cancellation)
        );
        return await ToldAsync(caller, decided, seen, cancellation);
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
        var image = (await scans.ImageAsync(row.ImageId, cancellation))!;
        string[] tenants = [.. seen.Select(one => one.Container.Tenant).Distinct()];
        if (tenants.Length == 0)
        {
            tenants = [.. ImageOwners.Ids(image.Owners).Where(caller.MaySee)];
        }
        var book = await due.OfAsync(
            new Dictionary<string, IReadOnlyCollection<string>> { [row.ImageId] = tenants },
            cancellation
        );
        return Of(caller, row, image, seen, book, time.GetUtcNow());
    }

    /// <summary>One finding with everything that was decided of it, the newest last.</summary>
    /// <exception cref="UnknownFindingException">404</exception>
    public async Task<FindingWhole> FindAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var (row, _, seen, _) = await ShownAsync(caller, id, cancellation);
        var history = await store.HistoryAsync(id, cancellation);
        return new FindingWhole(
            await ToldAsync(caller, row, seen, cancellation),
            [.. history.Select(one => new FindingChange(one.Deed, one.State, one.Reason, one.Until, one.By, one.At))]
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

    private static void Check(Caller caller, FindingState state, string? reason, Shown shown)
    {
        var deed = state switch
        {
            FindingState.Accepted => "Accepting a finding",
            FindingState.Fixed => "Calling a finding fixed",
            _ => "Reopening a finding",
        };
        if (!caller.IsPerson)
        {
            throw new ForbiddenException($"{deed} is a person's decision; this token acts for nobody.");
        }
        shown.MustConcernNoOthers(deed);
        if (reason is null)
        {
            throw new UndecidableException($"{deed} needs a reason, which stays in the record.");
        }
    }

    /// <summary>Whose an image is that no container runs.</summary>
    private async Task<Owned?> OwnedAsync(Caller caller, string imageId, CancellationToken cancellation) =>
        await scans.ImageAsync(imageId, cancellation) is { } image
            ? new Owned(
                rights.MaySee(caller, new KnownImage(image, await scans.DigestsOfAsync(imageId, cancellation))),
                !ImageOwners.AreAllSeen(image.Owners, caller)
            )
            : null;

    internal sealed record Owned(bool BySomeOfTheirs, bool ByOthers);

    private async Task<(
        FindingsAsked Asked,
        IReadOnlyDictionary<string, List<RunningContainer>> Running,
        DueBook Due
    )> AskedAsync(Caller caller, FindingFilter filter, bool alsoOwned, CancellationToken cancellation)
    {
        var everything = filter.Tenant is null && caller.Tenants.IsAll;
        var scope = filter.Tenant is null
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, filter.Tenant, cancellation);
        var running = await runningImages.OfTenantsAsync(scope.Holds, cancellation);
        HashSet<string>? images = everything ? null : [.. running.Keys];
        if (images is not null && alsoOwned)
        {
            var somewhere = rights.RunningDigests();
            images.UnionWith(
                (await scans.OwnedByAsync([.. scope.Tenants], cancellation))
                    .Where(image => !image.Digests.Any(somewhere.Contains))
                    .Select(image => image.Row.Id)
            );
        }
        var book = filter.Tenant is { } tenant
            ? await due.OfAsync(tenant, cancellation)
            : await due.OfAsync(
                running.ToDictionary(
                    one => one.Key,
                    one => (IReadOnlyCollection<string>)[.. one.Value.Select(it => it.Container.Tenant).Distinct()]
                ),
                cancellation
            );
        var asked = new FindingsAsked(images, filter.Severity, filter.State, filter.Kind)
        {
            Owner = filter.Owner switch
            {
                "none" => "",
                "me" => caller.Subject,
                var subject => subject,
            },
        };
        return filter.Overdue
            ? (asked with { State = FindingState.Open, OverdueBy = book.Groups }, running, book)
            : (asked, running, book);
    }

    private static JsonElement Told(FindingState state, string? reason, DateTimeOffset? until) =>
        JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["state"] = JsonNamingPolicy.CamelCase.ConvertName(state.ToString()),
                ["reason"] = reason,
                ["until"] = until,
            }
        );

    private static Finding Of(
        Caller caller,
        FindingRow row,
        ScannedImageRow image,
        IReadOnlyList<RunningContainer> running,
        DueBook book,
        DateTimeOffset now
    ) =>
        new(
            row.Id,
            row.Kind,
            row.Vulnerability,
            row.Aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            row.Package,
            row.Installed,
            row.FixedVersion,
            row.Severity,
            row.Score,
            row.Epss,
            row.Exploited,
            row.Place,
            row.Title,
            row.Url,
            RunningImages.NameFor(caller, image, running),
            image.Digest,
            image.Platform,
            Sightings.Scanners(row.Sightings),
            row.StateAt(now),
            row.StateAt(now) switch
            {
                FindingState.Suppressed => row.IsCleared ? row.StatedWhy : row.SuppressedWhy,
                FindingState.Fixed when row.State != FindingState.Fixed => FindingMerge.NotSeen,
                _ => row.Reason,
            },
            row.Until,
            row.DecidedBy,
            row.FirstSeenAt,
            row.LastSeenAt,
            [.. running.Select(one => one.Container)]
        )
        {
            Owner = row.OwnerId is { } owner ? new FindingOwner(owner, row.OwnerName ?? owner) : null,
            Comment = row.Comment,
            OpenSince = row.OpenSince,
            DueAt = DueOf(row, book, now),
            Overdue = DueOf(row, book, now) <= now,
            Stated = row is { Stated: { } status, StatedAt: { } stated }
                ? new FindingStated(status, row.StatedWhy ?? "", stated)
                : null,
        };

    private static DateTimeOffset? DueOf(FindingRow row, DueBook book, DateTimeOffset now) =>
        row.StateAt(now) == FindingState.Open ? book.Of(row.ImageId).Of(row) : null;
}
