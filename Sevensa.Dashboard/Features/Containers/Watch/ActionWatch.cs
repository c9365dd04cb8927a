using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

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

    private static readonly string[] Watched =
    [
        ServiceDeploy.Kind,
        ServiceRollback.Kind,
        TenantRollback.Kind,
        ServiceScale.Kind,
    ];

    private readonly ConcurrentDictionary<string, Look> _looks = new(StringComparer.Ordinal);

    public async Task<AftermathReport?> OfAsync(Proposal proposal, CancellationToken cancellation) =>
        !Watched.Contains(proposal.Kind) || proposal.State != ProposalState.Succeeded ? null
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
        var ended = await proposals.ListAsync(
            new Caller(WatchCaller.Subject, "Watch", Role.Viewer, false, TenantSet.All, ApiScopes.Read),
            new ProposalFilter(ProposalState.Succeeded),
            cancellation
        );
        var patience = options.Value.WatchFor + options.Value.WatchEvery * 2;
        foreach (var proposal in ended.Where(one => Watched.Contains(one.Kind) && one.EndedAt > now - patience))
        {
            var look = _looks.GetOrAdd(proposal.Id, _ => new Look());
            if (look.Done || await store.FindAsync(proposal.Id, cancellation) is not null)
            {
                look.Done = true;
                continue;
            }
            await LookAtAsync(proposal, look, now, cancellation);
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
        look.Bad = bad.Count > 0 ? look.Bad + 1 : 0;
        if (look.Bad >= BadLooks)
        {
            var words = string.Join("; ", bad.Select(Words));
            var undo = await UndoAsync(proposal, words, cancellation);
            look.Report = new AftermathReport(Breached, until, $"{words}. {undo.Text}", seen, undo.Id);
            await EndAsync(proposal, look, now, cancellation);
            return;
        }
        look.Report = new AftermathReport(
            now < until ? Watching : Well,
            until,
            bad.Count > 0 ? $"{string.Join("; ", bad.Select(Words))}: looked at {look.Bad} of {BadLooks} times"
                : now < until && seen.All(figure => figure.What == "restarts" || figure.Now is null)
                    ? "It runs; its error rate and latency are not measured yet"
                : now < until ? "Nothing is worse than before"
                : $"Nothing was worse than before for {options.Value.WatchFor.TotalMinutes:0.#} minutes",
            seen
        );
        await EndIfOverAsync(proposal, look, until, now, cancellation);
    }

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
        look.Done = true;
        await store.EndAsync(proposal.Id, look.Report!, now, cancellation);
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
            var undo = await proposals.ProposeAsync(caller, UndoOf(proposal, words), cancellation);
            var wanted = PlanBench.Text(proposal.Plan.Parameters, WatchCaller.OnBreach) == WatchCaller.Undo;
            return wanted && await approvedUndo.ApproveAsync(proposal.Id, undo.Id, cancellation)
                ? (undo.Id, "The undo, which was approved with the plan, is under way.")
                : (undo.Id, "The undo is proposed and waits for approval.");
        }
        catch (Exception exception)
            when (exception is CannotPlanException or ForbiddenException or UnknownTenantException)
        {
            log.LogWarning("No undo of {Id} could be proposed: {Why}", proposal.Id, exception.Message);
            return (null, $"No undo could be proposed: {exception.Message}");
        }
    }

    internal static ProposalRequest UndoOf(Proposal proposal, string words)
    {
        var plan = proposal.Plan;
        var before = (proposal.DispatchedAt ?? proposal.CreatedAt)
            .AddMilliseconds(-1)
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var scaled = plan.Kind == ServiceScale.Kind;
        var parameters = scaled
            ? new JsonObject { ["replicas"] = plan.Containers.Count }
            : new JsonObject
            {
                ["to"] = before,
                ["timeZone"] = "UTC",
                ["configuration"] = PlanBench.Yes(plan.Parameters, "configuration"),
                [RollbackSchema.AfterMigration] = RollbackSchema.CodeOnly,
            };
        var kind =
            scaled ? ServiceScale.Kind
            : plan.Kind == TenantRollback.Kind ? TenantRollback.Kind
            : ServiceRollback.Kind;
        if (plan.Executor.HostName is { } host)
        {
            parameters["host"] = host;
        }
        return new ProposalRequest(
            kind,
            proposal.Tenant,
            kind == TenantRollback.Kind ? proposal.Tenant : $"service:{plan.Target}",
            JsonSerializer.SerializeToElement(parameters),
            $"After \"{proposal.Title}\": {words}.",
            [
                JsonSerializer.SerializeToElement(
                    new JsonObject { ["title"] = proposal.Title, ["url"] = $"/approvals/{proposal.Id}" }
                ),
            ],
            "watch"
        );
    }

    private static string Words(AftermathFigure figure) =>
        figure.What switch
        {
            "error share" => string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Service}: {figure.Now * 100:0.##}% of requests fail (before {(figure.Before ?? 0) * 100:0.##}%)"
            ),
            "latency p95" => string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Service}: p95 is {figure.Now * 1000:0} ms (before {figure.Before * 1000:0} ms)"
            ),
            _ => figure.Unit.Length > 0
                ? $"{figure.Service} does not run as it should"
                : string.Create(CultureInfo.InvariantCulture, $"{figure.Service} was restarted {figure.Now:0} times"),
        };

    private sealed class Look
    {
        public int Bad { get; set; }

        public bool Done { get; set; }

        public AftermathReport? Report { get; set; }
    }
}
