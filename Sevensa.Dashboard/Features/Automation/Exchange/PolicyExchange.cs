using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>What became of one policy of a text.</summary>
/// <param name="Id">Null for what is only looked at, and new.</param>
/// <param name="Outcome"><c>added</c>, <c>changed</c> or <c>unchanged</c>; of what is only looked at what it would be.</param>
/// <param name="Stage">Where it stands: a new one is a draft, one that was enforced and is another now goes back to shadow.</param>
internal sealed record PolicySaved(
    string? Id,
    string Tenant,
    string Name,
    string Outcome,
    PolicyStage Stage,
    int Version,
    string Sentence
);

/// <summary>
/// Policies as YAML, out and in. What comes in passes the same door as the form: nothing of it acts before it was watched in shadow and its
/// enforcement was approved.
/// </summary>
internal sealed class PolicyExchange(
    PolicyDesk desk,
    PolicyStore store,
    PolicyFiling filing,
    PolicyArrivals arrivals,
    PolicyShown shown,
    StoreLocks locks
)
{
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<string> OneAsync(Caller caller, string id, CancellationToken cancellation) =>
        PolicyText.Write(await desk.FindAsync(caller, id, cancellation));

    /// <summary>The same for who reads beside it what was not understood, and means it when they save it.</summary>
    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<string> OneAsMeantAsync(Caller caller, string id, CancellationToken cancellation) =>
        PolicyText.WriteAsMeant(await desk.FindAsync(caller, id, cancellation));

    /// <summary>All that the caller may see, of one tenant or of all of theirs.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<string> AllAsync(Caller caller, string? tenant, CancellationToken cancellation)
    {
        var all = new List<PolicyView>();
        for (string? cursor = null; ; )
        {
            var page = await desk.PageAsync(caller, tenant, null, new PageAsked(cursor, PolicyDesk.Most), cancellation);
            all.AddRange(page.Items);
            if (page.Next is not { } next)
            {
                return PolicyText.Write(all);
            }
            cursor = next;
        }
    }

    /// <summary>What a text says, and what saving it would do; changes nothing.</summary>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<IReadOnlyList<PolicySaved>> CheckAsync(
        Caller caller,
        string? yaml,
        CancellationToken cancellation
    ) =>
        [
            .. (await arrivals.ReadAsync(caller, yaml, cancellation)).Select(one =>
                Saved(shown.Said(one.Read.Tenant, one.Read.Definition), one.Before, one.Outcome)
            ),
        ];

    /// <summary>
    /// Writes the policies of a text down: as drafts where a tenant has none of that name, and in place of what the one of that name said where
    /// it has. With a mistake anywhere in it, or where one of them was changed meanwhile, nothing is changed.
    /// </summary>
    /// <inheritdoc cref="CheckAsync"/>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="PolicyConflictException">409</exception>
    public async Task<IReadOnlyList<PolicySaved>> SaveAsync(Caller caller, string? yaml, CancellationToken cancellation)
    {
        PolicyAccess.MustPropose(caller);
        return await SaveAsync(caller, await arrivals.ReadAsync(caller, yaml, cancellation), cancellation);
    }

    /// <summary>The same of what was read.</summary>
    /// <exception cref="PolicyConflictException">409</exception>
    internal async Task<IReadOnlyList<PolicySaved>> SaveAsync(
        Caller caller,
        IReadOnlyList<PolicyArrival> read,
        CancellationToken cancellation
    )
    {
        var ids = new List<(PolicyArrival Arrival, string Id)>();
        // All of them are held before the first is written: what was looked at is what is changed.
        await using (
            await locks.TakeAsync(
                [
                    .. read.Select(one => PolicyFiling.LockOf(one.Read.Tenant)).Distinct(),
                    .. read.Select(one => one.Before?.Id).OfType<string>().Select(PolicyStages.LockOf),
                ],
                cancellation
            )
        )
        {
            await MustStandAsync(read, cancellation);
            // Whoever asked may be gone by now: all of it is written all the same, or the record tells of half.
            foreach (var one in read)
            {
                if (one.Before is { } before)
                {
                    await filing.ChangeAsync(before, one.Read, caller.Actor(), CancellationToken.None);
                    ids.Add((one, before.Id));
                }
                else
                {
                    ids.Add((one, (await filing.AddAsync(one.Read, caller.Actor(), CancellationToken.None)).Id));
                }
            }
        }
        var saved = new List<PolicySaved>();
        foreach (var (arrival, id) in ids)
        {
            saved.Add(Saved(await desk.FindAsync(caller, id, cancellation), null, arrival.Outcome));
        }
        return saved;
    }

    /// <summary>Puts what a text says in place of what one policy said.</summary>
    /// <param name="version">Of what was looked at; null for whatever stands.</param>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    /// <exception cref="PolicyConflictException">409</exception>
    public async Task<PolicyView> ChangeAsync(
        Caller caller,
        string id,
        string? yaml,
        int? version,
        CancellationToken cancellation
    )
    {
        // Of another's policy is said that it is not there, whatever was sent.
        await desk.FindAsync(caller, id, cancellation);
        PolicyAccess.MustPropose(caller);
        var wish = arrivals.Only(yaml);
        return await desk.ChangeAsync(
            caller,
            id,
            wish with
            {
                Version = version,
            },
            cancellation,
            PolicyArrivals.UnreadOf(wish)
        );
    }

    /// <summary>What a text would make of one policy, as it would be shown; changes nothing.</summary>
    /// <inheritdoc cref="CheckAsync"/>
    public async Task<PolicyView> SaidAsync(Caller caller, string? yaml, CancellationToken cancellation)
    {
        var read = await ReadOneAsync(caller, yaml, cancellation);
        return shown.Said(read.Tenant, read.Definition);
    }

    /// <summary>The one policy that a text has; keeps nothing.</summary>
    /// <inheritdoc cref="CheckAsync"/>
    public Task<PolicyRead> ReadOneAsync(Caller caller, string? yaml, CancellationToken cancellation) =>
        arrivals.ReadOneAsync(caller, arrivals.Only(yaml), cancellation);

    /// <summary>That all is as it was read, and there is room for what is new.</summary>
    private async Task MustStandAsync(IReadOnlyList<PolicyArrival> read, CancellationToken cancellation)
    {
        foreach (var one in read)
        {
            if (one.Before is { } before)
            {
                var now = await store.FindAsync(before.Id, cancellation);
                if (
                    now is null
                    || now.Version != before.Version
                    || now.Stage != before.Stage
                    || now.Text != before.Text
                )
                {
                    throw ChangedMeanwhile(one, now is null ? "was removed" : "was changed");
                }
            }
            else if ((await store.CalledAsync(one.Read.Tenant, one.Read.Definition.Name, cancellation)).Count > 0)
            {
                throw ChangedMeanwhile(one, "came");
            }
        }
        foreach (var added in read.Where(one => one.Before is null).GroupBy(one => one.Read.Tenant))
        {
            await filing.CheckRoomAsync(added.Key, added.Count(), cancellation);
        }
    }

    private static PolicyConflictException ChangedMeanwhile(PolicyArrival one, string what) =>
        new(
            $"\"{one.Read.Definition.Name}\" of {one.Read.Tenant} {what} meanwhile. Nothing was changed; look again.",
            "changedMeanwhile"
        );

    private static PolicySaved Saved(PolicyView now, PolicyRow? before, string outcome) =>
        new(
            before?.Id ?? now.Id,
            now.Tenant,
            now.Name,
            outcome,
            before?.Stage ?? now.Stage,
            before?.Version ?? now.Version,
            now.Sentence
        );
}
