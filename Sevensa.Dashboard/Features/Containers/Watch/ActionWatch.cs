using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Watch;

/// <summary>
/// Looks at error rate, latency and restarts for a while after a change of what runs. Three bad looks in a row are a breach: its
/// undo is proposed, or done when the approved plan says so. Nothing is kept but the end: after a restart it looks on.
/// </summary>
internal sealed class ActionWatch(
    IProposals proposals,
    IApprovedUndo approvedUndo,
    WatchFigures figures,
    WatchStore store,
    ReleaseNews news,
    StartWork start,
    IOptions<ReleasesOptions> options,
    TimeProvider time,
    ILogger<ActionWatch> log
) : BackgroundService, IAftermath
{
    public const string Watching = "watching";
    public const string Well = "well";
    public const string Breached = "breached";
    public const string Unknown = "unknown";

    private const int BadLooks = 3;

    private const int MostLookedAt = 200;

    private static readonly Caller Reader = new(
        WatchCaller.Subject,
        "Watch",
        Role.Viewer,
        false,
        TenantSet.All,
        ApiScopes.Read
    );

    private readonly ConcurrentDictionary<string, Look> _looks = new(StringComparer.Ordinal);

    public async Task<AftermathReport?> OfAsync(Proposal proposal, CancellationToken cancellation) =>
        !WatchedChange.Kinds.Contains(proposal.Kind) || proposal.State != ProposalState.Succeeded ? null
        : _looks.TryGetValue(proposal.Id, out var look) && look.Report is { } live ? live
        : await store.FindAsync(proposal.Id, cancellation);

    public RenderFragment Card(Proposal proposal) =>
        builder =>
        {
            builder.OpenComponent<AftermathCard>(0);
            builder.AddComponentParameter(1, nameof(AftermathCard.Proposal), proposal);
            builder.CloseComponent();
        };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.WatchFor == TimeSpan.Zero)
        {
            return;
        }
        if (!await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "The watch after actions",
            LookAsync,
            rest => Task.Delay(options.Value.WatchEvery, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    /// <summary>One look at everything that ended a short while ago.</summary>
    internal async Task LookAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var ended = await proposals.ListAsync(Reader, new ProposalFilter(ProposalState.Succeeded), cancellation);
        var patience = options.Value.WatchFor + options.Value.WatchEvery * 2;
        foreach (
            var proposal in ended.Where(one =>
                WatchedChange.Kinds.Contains(one.Kind) && (one.EndedAt > now - patience || IsLeftOpen(one))
            )
        )
        {
            try
            {
                await LookInTurnAsync(proposal, now, cancellation);
            }
            catch (Exception exception) when (!cancellation.IsCancellationRequested)
            {
                // One that can't be looked at keeps nobody from the others; it is looked at again.
                log.LogWarning(exception, "What came after {Id} could not be looked at", proposal.Id);
            }
        }
    }

    /// <summary>Its time is over and its end is not stored: the store was away, or whoever was asked for the undo.</summary>
    private bool IsLeftOpen(Proposal proposal) => _looks.TryGetValue(proposal.Id, out var look) && !look.Done;

    private async Task LookInTurnAsync(Proposal proposal, DateTimeOffset now, CancellationToken cancellation)
    {
        var look = _looks.GetOrAdd(proposal.Id, _ => new Look());
        if (look.Done || await store.FindAsync(proposal.Id, cancellation) is not null)
        {
            look.Done = true;
            return;
        }
        try
        {
            await (
                look.Ended
                    ? EndAsync(proposal, look, now, cancellation)
                    : LookAtAsync(proposal, look, now, cancellation)
            );
        }
        finally
        {
            news.Raise();
        }
    }

    private async Task LookAtAsync(Proposal proposal, Look look, DateTimeOffset now, CancellationToken cancellation)
    {
        var until = proposal.EndedAt!.Value + options.Value.WatchFor;
        IReadOnlyList<AftermathFigure> seen;
        try
        {
            seen = await figures.OfAsync(proposal, now, cancellation);
        }
        catch (UpstreamException exception)
        {
            look.Report = new AftermathReport(
                now < until ? Watching : Unknown,
                until,
                $"Nothing could be measured: {exception.Message}",
                look.Report?.Figures ?? []
            );
            await EndIfOverAsync(proposal, look, until, now, cancellation);
            return;
        }
        var bad = seen.Where(figure => figure.Breach).ToList();
        var words = string.Join("; ", bad.Select(WatchedUndo.Words));
        if (
            WatchedChange.IsMoreOfTheSame(proposal.Plan)
            && bad.TrueForAll(one => one.What != WatchFigures.RestartsFigure)
            && bad.Count > 0
        )
        {
            look.Bad = 0;
            look.Report = new AftermathReport(
                now < until ? Watching : Unknown,
                until,
                $"{words}. A load that grew does that, and taking the new containers away would not help: nothing is undone.",
                seen
            );
            await EndIfOverAsync(proposal, look, until, now, cancellation);
            return;
        }
        look.Bad = bad.Count > 0 ? look.Bad + 1 : 0;
        if (look.Bad >= BadLooks)
        {
            if (await LaterAsync(proposal, cancellation) is { } later)
            {
                look.Report = new AftermathReport(
                    Unknown,
                    until,
                    $"{words}. \"{later.Title}\" changed it since, and the undo would take that back too: nothing is proposed.",
                    seen
                );
                await EndAsync(proposal, look, now, cancellation);
                return;
            }
            // Said before the undo is asked for: whatever that comes to, the breach is seen.
            look.Report = new AftermathReport(Watching, until, $"{words}. Its undo is being proposed.", seen);
            var undo = await UndoAsync(proposal, words, cancellation);
            if (undo.Id is null && now < until)
            {
                // A runner tells of what was just done a moment later; what can't be planned now may be at the next look.
                look.Report = new AftermathReport(
                    Watching,
                    until,
                    $"{words}. {undo.Text} It is tried again at each look.",
                    seen
                );
                return;
            }
            look.Report = new AftermathReport(Breached, until, $"{words}. {undo.Text}", seen, undo.Id);
            await EndAsync(proposal, look, now, cancellation);
            return;
        }
        look.Report = new AftermathReport(
            now < until ? Watching : Well,
            until,
            bad.Count > 0 ? $"{words}: looked at {look.Bad} of {BadLooks} times"
                : now < until && seen.All(figure => figure.What == WatchFigures.RestartsFigure || figure.Now is null)
                    ? "It runs; its error rate and latency are not measured yet"
                : now < until ? "Nothing is worse than before"
                : $"Nothing was worse than before for {options.Value.WatchFor.TotalMinutes:0.#} minutes",
            seen
        );
        await EndIfOverAsync(proposal, look, until, now, cancellation);
    }

    /// <summary>What changed the same since.</summary>
    private async Task<Proposal?> LaterAsync(Proposal proposal, CancellationToken cancellation) =>
        (
            await proposals.ListAsync(
                Reader,
                new ProposalFilter(Tenant: proposal.Tenant, Most: MostLookedAt),
                cancellation
            )
        ).FirstOrDefault(one => WatchedChange.IsSuperseded(proposal, one));

    private async Task EndIfOverAsync(
        Proposal proposal,
        Look look,
        DateTimeOffset until,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        if (now >= until)
        {
            await EndAsync(proposal, look, now, cancellation);
        }
    }

    private async Task EndAsync(Proposal proposal, Look look, DateTimeOffset now, CancellationToken cancellation)
    {
        look.Ended = true;
        await store.EndAsync(proposal.Id, look.Report!, now, cancellation);
        look.Done = true;
    }

    /// <summary>What ran before the action, proposed; and approved when the action's own plan said so.</summary>
    private async Task<(string? Id, string Text)> UndoAsync(
        Proposal proposal,
        string words,
        CancellationToken cancellation
    )
    {
        var caller = new Caller(
            WatchCaller.Subject,
            $"The watch after \"{proposal.Title}\"",
            Role.Operator,
            false,
            TenantSet.Of([proposal.Tenant]),
            ApiScopes.Read | ApiScopes.Propose
        );
        try
        {
            var undo = await AskAsync(caller, proposal, words, cancellation);
            var wanted = PlanBench.Text(proposal.Plan.Parameters, WatchCaller.OnBreach) == WatchCaller.Undo;
            return wanted && await approvedUndo.ApproveAsync(proposal.Id, undo.Id, cancellation)
                ? (undo.Id, "The undo, which was approved with the plan, is under way.")
                : (undo.Id, "The undo is proposed and waits for approval.");
        }
        catch (Exception exception)
            when (exception
                    is CannotPlanException
                        or ForbiddenException
                        or UnknownTenantException
                        or UpstreamException
                        or RunnerUnreachableException
            )
        {
            log.LogWarning("No undo of {Id} could be proposed: {Why}", proposal.Id, exception.Message);
            return (null, $"No undo could be proposed: {exception.Message}");
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested && StoreFault.In(exception) is null)
        {
            log.LogError(exception, "No undo of {Id} could be proposed", proposal.Id);
            return (null, "No undo could be proposed, for a reason that the dashboard's log tells.");
        }
    }

    private async Task<Proposal> AskAsync(
        Caller caller,
        Proposal proposal,
        string words,
        CancellationToken cancellation
    )
    {
        try
        {
            return await proposals.ProposeAsync(caller, WatchedUndo.Of(proposal, words), cancellation);
        }
        catch (CannotPlanException exception) when (exception.InnerException is MigratedSinceException)
        {
            return await proposals.ProposeAsync(caller, WatchedUndo.Of(proposal, words, migrated: true), cancellation);
        }
    }

    private sealed class Look
    {
        public int Bad { get; set; }

        /// <summary>The report says how it ended; nothing is looked at any more.</summary>
        public bool Ended { get; set; }

        /// <summary>And that is stored.</summary>
        public bool Done { get; set; }

        public AftermathReport? Report { get; set; }
    }
}
