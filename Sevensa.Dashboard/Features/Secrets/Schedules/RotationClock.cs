using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Platform.Storage.Duties;

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
    IStandingRights rights,
    StoreLocks locks,
    IDuties duties,
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

    /// <summary>What came due between two looks so close to each other counts as in time, though its window closed meanwhile.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>Until when each tenant's turns were taken.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> taken = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await start.IsDoneAsync(stoppingToken))
        {
            await LastingWork.RunAsync(
                "The rotation of secrets by schedule",
                duties.Once("secret rotations", LookAsync),
                rest => Task.Delay(Turn, time, rest),
                log,
                time,
                stoppingToken
            );
        }
    }

    internal async Task LookAsync(CancellationToken cancellation)
    {
        foreach (var seen in await store.AllAsync(cancellation))
        {
            var (tenant, now) = (seen.Tenant, time.GetUtcNow());
            var since = taken.GetValueOrDefault(tenant, now - LongestAway);
            // Vault is asked only while a window is open, or when one was while nobody looked.
            if (!seen.All.Any(rule => !rule.Paused && rule.WasOpen(since, now)))
            {
                taken[tenant] = now;
                continue;
            }
            try
            {
                await using var turn = await locks.TakeAsync([$"rotations of {tenant}"], cancellation);
                // Others may have been walked through and waited for since all were read.
                var rules = await store.FindAsync(tenant, cancellation);
                now = time.GetUtcNow();
                if (await OfTenantAsync(rules, now, cancellation))
                {
                    taken[tenant] = now;
                }
            }
            catch (UpstreamException exception)
            {
                log.LogWarning("Secrets of {Tenant} could not be looked at: {Words}", tenant, exception.Told);
            }
        }
    }

    /// <returns>Whether each secret had its turn; else they are looked at again, as if they had not been.</returns>
    private async Task<bool> OfTenantAsync(RotationRules rules, DateTimeOffset now, CancellationToken cancellation)
    {
        var scope = scopes.ForSystem(rules.Tenant);
        DateTimeOffset? looked =
            taken.TryGetValue(rules.Tenant, out var last) && now - last <= LongestPause ? last : null;
        var all = true;
        var turns = (await store.TurnsAsync(rules.Tenant, cancellation)).ToDictionary(turn => turn.Path);
        await foreach (var secret in secrets.AllAsync(scope, rules.Tenant, cancellation))
        {
            if (
                secret is { State: SecretStates.Live, Kind: "kv" }
                && rules.For(secret.Path) is { Paused: false } rule
                && rule.DueOf(secret) is { } due
                && rule.Next(secret.Path, due, turns.GetValueOrDefault(secret.Path)?.WindowTo, now, looked) is { } next
                && next.At <= now
            )
            {
                if (!await StandAsync(rules, cancellation))
                {
                    return false;
                }
                all &= await TakeAsync(rules, rule, secret, due, next, cancellation);
            }
        }
        return all;
    }

    /// <summary>Whether nobody has set other rules since these were read.</summary>
    private async Task<bool> StandAsync(RotationRules rules, CancellationToken cancellation) =>
        (await store.FindAsync(rules.Tenant, cancellation)).Revision == rules.Revision;

    /// <returns>False when the secret keeps its turn, since an upstream was away.</returns>
    private async Task<bool> TakeAsync(
        RotationRules rules,
        RotationRule rule,
        Secret secret,
        DateTimeOffset due,
        RotationTime turn,
        CancellationToken cancellation
    )
    {
        string words;
        Proposal? proposal = null;
        var tenant = rules.Tenant;
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
            words = await ApprovedAsync(rules, rule, proposal, cancellation);
        }
        catch (CannotPlanException exception) when (IsAway(exception))
        {
            log.LogWarning("The rotation of {Path} of {Tenant} waits: {Words}", secret.Path, tenant, exception.Message);
            return false;
        }
        catch (NotKnownYetException exception)
        {
            log.LogWarning("The rotation of {Path} of {Tenant} waits: {Words}", secret.Path, tenant, exception.Message);
            return false;
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
        return true;
    }

    /// <summary>An upstream did not answer, which says nothing of the secret: another moment may be better.</summary>
    private static bool IsAway(CannotPlanException exception) =>
        exception.InnerException
            is UpstreamException
            {
                Fault: not (UpstreamFault.Refused or UpstreamFault.Denied or UpstreamFault.NotConfigured)
            };

    /// <summary>The approval of who set the rule, if the rule gives it and they may still give it. Whatever else is needed stays needed.</summary>
    private async Task<string> ApprovedAsync(
        RotationRules rules,
        RotationRule rule,
        Proposal proposal,
        CancellationToken cancellation
    )
    {
        if (rule.Mode != RotationMode.Do)
        {
            return "Proposed; it waits for approval.";
        }
        if (proposal.Risk > rule.UpTo)
        {
            return $"Proposed; its risk is {Word(proposal.Risk)}, and the rule does what is {Word(rule.UpTo)} at most.";
        }
        var right = new StandingRight(rule.SetById, true, rule.SetByClient, rule.SetByToken);
        if (await rights.TodayAsync(right, cancellation) is not { } person)
        {
            return right.Token is null
                ? $"Proposed; {rule.SetBy}, who set the rule, {ICallersToday.WhyNone}."
                : $"Proposed; {rule.SetBy}, who set the rule, {IStandingRights.WhyNone}.";
        }
        // Who pauses or removes the rule and is told that it is done has nothing approved by it any more.
        await using var unchanged = await locks.TakeAsync([ScheduleDesk.LockOf(rules.Tenant)], cancellation);
        if (!await StandAsync(rules, cancellation))
        {
            return "Proposed; the rules were changed meanwhile, so it waits for approval.";
        }
        try
        {
            var approved = await proposals.ApproveAsync(
                person with
                {
                    Client = $"schedule:{rule.Id}",
                    Token = null,
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
