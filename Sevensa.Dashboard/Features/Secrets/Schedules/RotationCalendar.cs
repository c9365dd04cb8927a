using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>What comes of one secret at one time.</summary>
/// <param name="At">When it is rotated by its rule; where no rule names it, when it is due.</param>
/// <param name="Kind"><c>rotation</c>, or <c>due</c> where no rule names it.</param>
/// <param name="Repeats">It supposes that those before it on this calendar are carried out.</param>
/// <param name="Schedule">Id of the rule.</param>
internal sealed record ComingRotation(
    DateTimeOffset At,
    string Tenant,
    string Path,
    string Kind,
    DateTimeOffset DueAt,
    bool Overdue,
    DateTimeOffset? WindowFrom = null,
    DateTimeOffset? WindowTo = null,
    string? Schedule = null,
    string? ScheduleName = null,
    RotationMode? Mode = null,
    bool Repeats = false
);

/// <summary>What comes when, of secrets and rules as they are now.</summary>
/// <param name="Items">By time, the first <see cref="RotationCalendar.Most"/>.</param>
/// <param name="Missing">Paths that Vault did not tell of.</param>
/// <param name="ToldUntil">Time of the last that is told, when more come in the time that was asked for; null when all are told.</param>
internal sealed record Coming(
    IReadOnlyList<ComingRotation> Items,
    IReadOnlyList<Untold> Missing,
    DateTimeOffset? ToldUntil = null
);

internal sealed class RotationCalendar(SecretCatalogue secrets, ScheduleStore store, TimeProvider time)
{
    public const int MostDays = 366;

    /// <summary>What is told at once; each one takes a look at its rule's windows.</summary>
    public const int Most = 5000;

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <exception cref="Platform.Http.UpstreamException">Vault can't say what there is.</exception>
    public async Task<Coming> OfAsync(TenantScope scope, int days, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (items, missing) = (new List<ComingRotation>(), new List<Untold>());
        // Of each secret only the next is looked for, until as many are told as are told at most.
        var coming = new PriorityQueue<IEnumerator<ComingRotation>, DateTimeOffset>();
        foreach (var tenant in scope.Tenants)
        {
            var rules = await store.FindAsync(tenant, cancellation);
            var turns = (await store.TurnsAsync(tenant, cancellation)).ToDictionary(turn => turn.Path);
            await foreach (var secret in secrets.AllAsync(scope, tenant, cancellation))
            {
                if (secret.State is SecretStates.NotAllowed or SecretStates.NotKnown)
                {
                    missing.Add(new Untold(secret.VaultPath, secret.Note ?? "Vault did not tell of it."));
                }
                Await(
                    Of(tenant, secret, rules.For(secret.Path), turns.GetValueOrDefault(secret.Path), now, days)
                        .GetEnumerator()
                );
            }
        }
        while (items.Count < Most && coming.TryDequeue(out var next, out _))
        {
            cancellation.ThrowIfCancellationRequested();
            items.Add(next.Current);
            Await(next);
        }
        return new Coming(items, missing, coming.Count > 0 ? items[^1].At : null);

        void Await(IEnumerator<ComingRotation> secret)
        {
            if (secret.MoveNext())
            {
                coming.Enqueue(secret, secret.Current.At);
            }
        }
    }

    private static IEnumerable<ComingRotation> Of(
        string tenant,
        Secret secret,
        RotationRule? rule,
        RotationTurnRow? turn,
        DateTimeOffset now,
        int days
    )
    {
        var until = now.AddDays(days);
        if (secret.State != SecretStates.Live)
        {
            yield break;
        }
        if (rule is null or { Paused: true })
        {
            if (secret.DueAt is { } own && own <= until)
            {
                yield return new ComingRotation(own, tenant, secret.Path, "due", own, own < now);
            }
            yield break;
        }
        var (due, after) = (rule.DueOf(secret), turn?.WindowTo);
        var repeats = false;
        while (due is { } falls && rule.Next(secret.Path, falls, after, now) is { } next && next.At <= until)
        {
            yield return new ComingRotation(
                next.At,
                tenant,
                secret.Path,
                "rotation",
                falls,
                falls < now,
                next.Window.From,
                next.Window.To,
                rule.Id,
                rule.Name,
                rule.Mode,
                repeats
            );
            // A day at least, so that every way leads out of the time that is asked for.
            due = rule.IntervalOf(secret) is { } lasts ? next.At + (lasts > Day ? lasts : Day) : null;
            (after, repeats) = (next.Window.To, true);
        }
    }
}
