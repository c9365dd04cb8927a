using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>
/// Looks every minute whether a secret's turn has come by a rule, and then proposes its rotation. What is due is told by Vault and
/// when by the rule, so nothing is planned ahead that could be lost or be done twice; the last turn of each secret is kept.
/// </summary>
internal sealed class RotationClock(
    ScheduleStore store,
    SecretCatalogue secrets,
    ITenantScopes scopes,
    IProposals proposals,
    IPeople people,
    StoreLocks locks,
    IAuditLog audit,
    StartWork start,
    TimeProvider time,
    ILogger<RotationClock> log
) : BackgroundService
{
    public const string FailedAction = "secret.schedule.failed";
    public const string Via = "schedule";

    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(1);

    /// <summary>How far back is looked for what was missed when it is not known since when nobody looked; the longest catch-up.</summary>
    private static readonly TimeSpan LongestAway = TimeSpan.FromDays(8);

    /// <summary>Until when each tenant's turns were taken.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> taken = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await start.IsDoneAsync(stoppingToken))
        {
            await LastingWork.RunAsync(
                "The rotation of secrets by schedule",
                LookAsync,
                rest => Task.Delay(Turn, time, rest),
                log,
                time,
                stoppingToken
            );
        }
    }

    internal async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var rules in await store.AllAsync(cancellation))
        {
            var now = time.GetUtcNow();
            var since = taken.GetValueOrDefault(rules.Tenant, now - LongestAway);
            // Vault is asked only while a window is open, or when one was while nobody looked.
            if (!rules.All.Any(rule => !rule.Paused && rule.WasOpen(since, now)))
            {
                continue;
            }
            try
            {
                await using var turn = await locks.TakeAsync([$"rotations of {rules.Tenant}"], cancellation);
                await OfTenantAsync(rules, now, cancellation);
                taken[rules.Tenant] = now;
            }
            catch (UpstreamException exception)
            {
                log.LogWarning("Secrets of {Tenant} could not be looked at: {Words}", rules.Tenant, exception.Told);
            }
        }
    }

    private async Task OfTenantAsync(RotationRules rules, DateTimeOffset now, CancellationToken cancellation)
    {
        var scope = scopes.ForSystem(rules.Tenant);
        var turns = (await store.TurnsAsync(rules.Tenant, cancellation)).ToDictionary(turn => turn.Path);
        await foreach (var secret in secrets.AllAsync(scope, rules.Tenant, cancellation))
        {
            if (
                secret is { State: SecretStates.Live, Kind: "kv" }
                && rules.For(secret.Path) is { Paused: false } rule
                && rule.DueOf(secret) is { } due
                && rule.Next(secret.Path, due, turns.GetValueOrDefault(secret.Path)?.WindowTo, now) is { } next
                && next.At <= now
            )
            {
                await TakeAsync(rules.Tenant, rule, secret, due, next, cancellation);
            }
        }
    }

    private async Task TakeAsync(
        string tenant,
        RotationRule rule,
        Secret secret,
        DateTimeOffset due,
        RotationTime turn,
        CancellationToken cancellation
    )
    {
        string words;
        Proposal? proposal = null;
        try
        {
            proposal = await proposals.ProposeAsync(
                CallerOf(rule, tenant),
                new ProposalRequest(
                    RotationPlan.Kind,
                    tenant,
                    secret.Path,
                    ParametersOf(rule),
                    ReasonOf(rule, secret, due, turn),
                    [],
                    Via
                ),
                cancellation
            );
            words = await ApprovedAsync(rule, proposal, cancellation);
        }
        catch (Exception exception) when (exception is CannotPlanException or UnknownTenantException)
        {
            words = $"It could not be proposed. {exception.Message}";
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("system", $"schedule:{rule.Id}", $"Schedule \"{rule.Name}\""),
                    FailedAction,
                    tenant,
                    secret.Path,
                    AuditOutcome.Failed,
                    StoreText.Shorten(exception.Message, 1000)
                ),
                cancellation
            );
        }
        await store.TellAsync(
            new RotationTurnRow
            {
                Tenant = tenant,
                Path = secret.Path,
                RuleId = rule.Id,
                WindowFrom = turn.Window.From,
                WindowTo = turn.Window.To,
                At = time.GetUtcNow(),
                IsLate = turn.IsLate,
                ProposalId = proposal?.Id,
                Words = StoreText.Shorten(words, ScheduleStore.LongestWords - 1),
            },
            cancellation
        );
    }

    /// <summary>The approval of who set the rule, if the rule gives it and they may still give it. Whatever else is needed stays needed.</summary>
    private async Task<string> ApprovedAsync(RotationRule rule, Proposal proposal, CancellationToken cancellation)
    {
        if (rule.Mode != RotationMode.Do)
        {
            return "Proposed; it waits for approval.";
        }
        if (proposal.Risk > rule.UpTo)
        {
            return $"Proposed; its risk is {Word(proposal.Risk)}, and the rule does what is {Word(rule.UpTo)} at most.";
        }
        if (await people.NowAsync(rule.SetById, cancellation) is not { } person)
        {
            return $"Proposed; {rule.SetBy}, who set the rule, has no account any more, or it is disabled.";
        }
        try
        {
            var approved = await proposals.ApproveAsync(
                person with
                {
                    Client = $"schedule:{rule.Id}",
                },
                proposal.Id,
                proposal.PlanHash,
                $"Approved beforehand by the rule \"{rule.Name}\"",
                cancellation
            );
            return approved.State == ProposalState.Proposed
                ? $"Proposed; {approved.Approvals.Count} of {approved.ApprovalsNeeded} approvals, by the rule."
                : $"Approved by the rule, which {rule.SetBy} set.";
        }
        catch (Exception exception)
            when (exception is ForbiddenException or DecisionConflictException or UnknownProposalException)
        {
            return $"Proposed; the rule could not approve it. {exception.Message}";
        }
    }

    private static Caller CallerOf(RotationRule rule, string tenant) =>
        new(
            $"schedule:{rule.Id}",
            $"Schedule \"{rule.Name}\"",
            Role.Operator,
            IsPerson: false,
            TenantSet.Of([tenant]),
            ApiScopes.Read | ApiScopes.Propose
        );

    private static JsonElement ParametersOf(RotationRule rule)
    {
        var parameters = new JsonObject();
        if (rule.Key is not null)
        {
            parameters["key"] = rule.Key;
        }
        if (rule.Length is { } length)
        {
            parameters["length"] = length;
        }
        return JsonSerializer.SerializeToElement(parameters);
    }

    private static string ReasonOf(RotationRule rule, Secret secret, DateTimeOffset due, RotationTime turn) =>
        $"{secret.AgeDays} days old, due since {due.UtcDateTime:yyyy-MM-dd}, by the schedule \"{rule.Name}\""
        + (turn.IsLate ? $"; missed in its window of {turn.Window.From.UtcDateTime:yyyy-MM-dd HH:mm} UTC" : "");

    private static string Word(Risk risk) => risk.ToString().ToLowerInvariant();
}
