using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>A rule as pages and the API show it; what it says is in <see cref="RotationRule"/>.</summary>
public sealed record ScheduleView(
    string Id,
    string Name,
    IReadOnlyList<string> Secrets,
    string? Key,
    int? Length,
    int? EveryDays,
    string TimeZone,
    IReadOnlyList<RotationWindow> Windows,
    int JitterMinutes,
    RotationMode Mode,
    Risk UpTo,
    int CatchUpHours,
    bool Paused,
    ScheduleState State
);

/// <summary>What is known of a rule beside what it says.</summary>
/// <param name="OpensAt">When its windows open next, or opened, when one is open now.</param>
/// <param name="ClosesAt">End of that window.</param>
/// <param name="Turns">The last of its secrets, the newest first.</param>
public sealed record ScheduleState(
    string SetBy,
    DateTimeOffset SetAt,
    DateTimeOffset? OpensAt,
    DateTimeOffset? ClosesAt,
    IReadOnlyList<RotationTurn> Turns
);

/// <summary>A turn that a secret had.</summary>
/// <param name="Late">It was made up for after its window.</param>
/// <param name="Proposal">The proposal that came of it; null when none could be made.</param>
public sealed record RotationTurn(string Path, DateTimeOffset At, bool Late, string? Proposal, string Words);

/// <summary>A tenant's rules for rotation: who sees them, and who sets them.</summary>
internal sealed class ScheduleDesk(
    ScheduleStore store,
    ITenantScopes scopes,
    IHouseZone house,
    StoreLocks locks,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    public const string SetAction = "secret.schedules.set";
    private const int MostTurns = 5;

    /// <summary>Name of the lock in which a tenant's rules are set.</summary>
    public static string LockOf(string tenant) => $"rotation rules of {tenant}";

    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<(int Revision, IReadOnlyList<ScheduleView> Rules)> OfTenantAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return await ViewAsync(await store.FindAsync(tenant, cancellation), cancellation);
    }

    /// <summary>Sets all rules of a tenant at once. What stays as it was keeps who set it.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="ScheduleRefusedException">422</exception>
    /// <exception cref="ScheduleConflictException">409</exception>
    public async Task<(int Revision, IReadOnlyList<ScheduleView> Rules)> SetAsync(
        Caller caller,
        string tenant,
        ScheduleWish wish,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Rotation rules are set by operators and administrators.");
        }
        await stepUp.RequireClearAsync(caller, "secret.schedules", cancellation);
        await using var turn = await locks.TakeAsync([LockOf(tenant)], cancellation);
        var standing = await store.FindAsync(tenant, cancellation);
        if (wish.Revision is { } looked && looked != standing.Revision)
        {
            throw new ScheduleConflictException(
                $"The rules were changed meanwhile: they are at revision {standing.Revision}, and you looked at {looked}. Nothing was changed; look again."
            );
        }
        var rules = new ScheduleReading(caller, scope, standing, house.Zone, time.GetUtcNow()).Read(wish);
        var (before, after) = (ScheduleStore.Element(standing.All), ScheduleStore.Element(rules));
        if (before.ToString() == after.ToString())
        {
            return await ViewAsync(standing, cancellation);
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                SetAction,
                tenant,
                Detail: rules.Count == 0
                    ? "No rules are left"
                    : $"{rules.Count} rule{(rules.Count == 1 ? "" : "s")}: {StoreText.Shorten(string.Join(", ", rules.Select(rule => rule.Name)), 400)}",
                Before: before,
                After: after
            ),
            cancellation
        );
        var set = new RotationRules(tenant, standing.Revision + 1, rules);
        await store.WriteAsync(set, cancellation);
        return await ViewAsync(set, cancellation);
    }

    /// <summary>A tenant's rules as they would stand. Changes nothing.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="ScheduleRefusedException">422</exception>
    public async Task<IReadOnlyList<ScheduleView>> WouldBeAsync(
        Caller caller,
        string tenant,
        ScheduleWish wish,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var standing = await store.FindAsync(tenant, cancellation);
        var now = time.GetUtcNow();
        return
        [
            .. new ScheduleReading(caller, scope, standing, house.Zone, now)
                .Read(wish)
                .Select(rule => Of(rule, [], now)),
        ];
    }

    private async Task<(int Revision, IReadOnlyList<ScheduleView> Rules)> ViewAsync(
        RotationRules rules,
        CancellationToken cancellation
    )
    {
        var turns = (await store.TurnsAsync(rules.Tenant, cancellation)).ToLookup(turn => turn.RuleId);
        var now = time.GetUtcNow();
        return (rules.Revision, [.. rules.All.Select(rule => Of(rule, turns[rule.Id], now))]);
    }

    private static ScheduleView Of(RotationRule rule, IEnumerable<RotationTurnRow> turns, DateTimeOffset now)
    {
        OpenTime? open = rule.Paused
            ? null
            : OpenTimes.Of(rule, now.AddHours(-26), now.AddDays(16)).FirstOrDefault(one => one.To > now);
        return new ScheduleView(
            rule.Id,
            rule.Name,
            rule.Secrets,
            rule.Key,
            rule.Length,
            rule.EveryDays,
            rule.TimeZone,
            rule.Windows,
            rule.JitterMinutes,
            rule.Mode,
            rule.UpTo,
            rule.CatchUpHours,
            rule.Paused,
            new ScheduleState(
                rule.SetBy,
                rule.SetAt,
                open?.From,
                open?.To,
                [
                    .. turns
                        .OrderByDescending(turn => turn.At)
                        .Take(MostTurns)
                        .Select(turn => new RotationTurn(turn.Path, turn.At, turn.IsLate, turn.ProposalId, turn.Words)),
                ]
            )
        );
    }
}
