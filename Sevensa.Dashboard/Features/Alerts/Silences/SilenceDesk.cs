using System.Text.Json;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Silences;

/// <param name="Matchers">What is silenced; the tenant's own matcher is added.</param>
internal sealed record SilenceAsked(
    IReadOnlyList<SilenceMatcher>? Matchers,
    DateTimeOffset? StartsAt,
    DateTimeOffset? EndsAt,
    string? Comment
);

/// <summary>Answered as 422.</summary>
internal sealed class UnfitSilenceException(string message) : Exception(message);

/// <summary>Answered as 404: there is none, or it is another tenant's; the same answer for both.</summary>
internal sealed class UnknownSilenceException(string tenant, string id)
    : Exception($"{tenant} has no silence \"{StoreText.Shorten(id, 60)}\".");

/// <summary>Silences of one tenant. Whatever is asked, what is made is bound to the tenant by a matcher that is put there, and looked for, here.</summary>
internal sealed class SilenceDesk(
    Func<AlertmanagerClient> clients,
    FiringAlerts firing,
    ITenants tenants,
    SilenceMemory memory,
    AlertNews news,
    IAuditLog audit,
    TimeProvider time
)
{
    private const int MostMatchers = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    /// <summary>Those that end last first; expired ones at the end. Those of the platform that mute the tenant too are read-only.</summary>
    public async Task<IReadOnlyList<HeldSilence>> ListAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    ) =>
        [
            .. (await clients().SilencesAsync(scope, tenant, cancellation))
                .Concat(await OfThePlatformAsync(scope, tenant, cancellation))
                .OrderBy(silence => silence.Status.State == "expired")
                .ThenByDescending(silence => silence.EndsAt),
        ];

    /// <summary>The tenant's own, without what others have made for more than it.</summary>
    internal Task<IReadOnlyList<HeldSilence>> OwnAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    ) => clients().SilencesAsync(scope, tenant, cancellation);

    private async Task<IEnumerable<HeldSilence>> OfThePlatformAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var client = clients();
        var all = await client.AllSilencesAsync(cancellation);
        var silencing = (await client.AlertsAsync(scope.Narrow(tenant), cancellation))
            .SelectMany(alert => alert.Status.SilencedBy ?? [])
            .ToHashSet(StringComparer.Ordinal);
        return PlatformSilences.Of(tenant, await tenants.AllAsync(cancellation), all, silencing);
    }

    public async Task<HeldSilence> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        await clients().SilenceAsync(tenant, id, cancellation) ?? throw new UnknownSilenceException(tenant, id);

    /// <exception cref="UnfitSilenceException">It can't be made as asked; the message says why.</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<HeldSilence> CreateAsync(
        Caller caller,
        TenantScope scope,
        string tenant,
        SilenceAsked asked,
        CancellationToken cancellation
    )
    {
        RequirePerson(caller);
        var wanted = Wanted(scope, tenant, asked, caller.Name);
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "silence.created",
                tenant,
                Told(wanted),
                Detail: $"{wanted.Comment} (until {wanted.EndsAt.UtcDateTime.ToString(MillisecondTime.Format, System.Globalization.CultureInfo.InvariantCulture)})",
                After: JsonSerializer.SerializeToElement(wanted, AlertmanagerJson.Default.SilenceWanted)
            ),
            cancellation
        );
        try
        {
            return await MakeAsync(tenant, wanted, cancellation);
        }
        catch (UpstreamException exception)
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "silence.failed",
                    tenant,
                    Told(wanted),
                    AuditOutcome.Failed,
                    exception.Message
                ),
                CancellationToken.None
            );
            throw;
        }
    }

    /// <exception cref="UnknownSilenceException">404</exception>
    public async Task<HeldSilence> ExpireAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        RequirePerson(caller);
        var silence = await clients().SilenceAsync(tenant, id, cancellation);
        if (silence is null && await memory.FindAsync(tenant, id, cancellation) is { } forgotten)
        {
            return await GiveUpAsync(caller, tenant, forgotten, cancellation);
        }
        if (silence is null)
        {
            var scope = new TenantScope([tenant]);
            throw (await OfThePlatformAsync(scope, tenant, cancellation)).Any(one => one.Id == id)
                ? new ForbiddenException(
                    $"This silence is the platform's and mutes others than {tenant} too. Whoever made it in Alertmanager ends it there."
                )
                : new UnknownSilenceException(tenant, id);
        }
        if (silence.Status.State == "expired")
        {
            return silence;
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "silence.expired",
                tenant,
                silence.Id,
                Detail: $"{string.Join(", ", silence.Matchers)}: {silence.Comment}"
            ),
            cancellation
        );
        return await EndAsync(tenant, silence.Id, cancellation);
    }

    /// <summary>Alertmanager has forgotten it, and it is to be made again no more.</summary>
    private async Task<HeldSilence> GiveUpAsync(
        Caller caller,
        string tenant,
        HeldSilence forgotten,
        CancellationToken cancellation
    )
    {
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "silence.expired",
                tenant,
                forgotten.Id,
                Detail: $"{string.Join(", ", forgotten.Matchers)}: {forgotten.Comment} (Alertmanager had it no more)"
            ),
            cancellation
        );
        await memory.ForgetAsync(forgotten.Id, CancellationToken.None);
        await TellAsync(tenant);
        return forgotten with { Status = new SilenceStatus("expired"), EndsAt = time.GetUtcNow() };
    }

    /// <summary>Makes it, and reads back whether it is the tenant's: what is not is ended at once.</summary>
    internal async Task<HeldSilence> MakeAsync(string tenant, SilenceWanted wanted, CancellationToken cancellation)
    {
        var client = clients();
        var id = await client.SilenceAsync(wanted, cancellation);
        // From here on it is not given up half-way: a silence that nobody knows of hides alerts.
        var made = await client.SilenceAsync(tenant, id, CancellationToken.None);
        if (made is null)
        {
            await client.ExpireAsync(id, CancellationToken.None);
            throw new UpstreamException(
                AlertmanagerClient.Name,
                UpstreamFault.Garbled,
                $"The silence that was made is not bound to {tenant}, so it was ended at once.",
                remedy: "Look for a proxy that changes requests on the way to Alertmanager."
            );
        }
        try
        {
            await memory.MadeAsync(tenant, made, CancellationToken.None);
        }
        catch (Exception exception) when (StoreFault.In(exception) is not null)
        {
            // It is there, and the record says so; the next look takes it over.
        }
        await TellAsync(tenant);
        return made;
    }

    internal async Task<HeldSilence> EndAsync(string tenant, string id, CancellationToken cancellation)
    {
        try
        {
            await clients().ExpireAsync(id, cancellation);
        }
        catch (UpstreamException exception) when (exception.Status == 404)
        {
            // Gone since it was looked at, as after a kill of Alertmanager: ended, and not to be made again.
        }
        await memory.ForgetAsync(id, CancellationToken.None);
        var ended = await FindAsync(tenant, id, CancellationToken.None);
        await TellAsync(tenant);
        return ended;
    }

    /// <summary>
    /// Compares what Alertmanager has with what it should have. One that vanished before its end is told in the record; one
    /// that was made here is asked for again, at every look until it is there.
    /// </summary>
    /// <exception cref="UpstreamException">Alertmanager can't be asked. Nothing is forgotten.</exception>
    internal async Task WatchAsync(TenantScope scope, string tenant, CancellationToken cancellation) =>
        await WatchAsync(tenant, await OwnAsync(scope, tenant, cancellation), cancellation);

    /// <param name="all">What Alertmanager has, of whomever; the tenant's own are looked for in it.</param>
    /// <inheritdoc cref="WatchAsync(TenantScope, string, CancellationToken)"/>
    internal async Task WatchAsync(string tenant, IReadOnlyList<HeldSilence> all, CancellationToken cancellation)
    {
        var present = all.Where(silence => AlertmanagerClient.IsBoundTo(silence, tenant)).ToList();
        foreach (var lost in await memory.CompareAsync(tenant, present, cancellation))
        {
            var silence = lost.Silence;
            if (
                !lost.Told
                && await memory.TellAsync(
                    silence.Id,
                    () =>
                        TellOfAsync(
                            "silence.vanished",
                            AuditOutcome.Failed,
                            $"Alertmanager has it no more, though it was to last until {Until(silence)}. "
                                + (lost.Here ? "It is asked for again." : "Make it again if it is still wanted.")
                        ),
                    CancellationToken.None
                )
            )
            {
                if (!lost.Here)
                {
                    await memory.ForgetAsync(silence.Id, CancellationToken.None);
                }
                await TellAsync(tenant);
            }
            if (!lost.Here || !await memory.ClaimAsync(silence.Id, cancellation))
            {
                continue;
            }
            HeldSilence again;
            try
            {
                // One that was asked for, and whose answer was lost, is there.
                again =
                    present.FirstOrDefault(one => IsSame(one, silence))
                    ?? await MakeAsync(tenant, Again(silence), cancellation);
            }
            catch (UpstreamException exception)
            {
                if (exception.Message != lost.Trouble)
                {
                    await TellOfAsync(
                        "silence.failed",
                        AuditOutcome.Failed,
                        $"It could not be made again: {exception.Message} It is tried until it is over."
                    );
                    await memory.TroubledAsync(silence.Id, exception.Message, CancellationToken.None);
                }
                if (exception.Fault is UpstreamFault.Unreachable or UpstreamFault.TimedOut)
                {
                    return;
                }
                continue;
            }
            await TellOfAsync(
                "silence.restored",
                AuditOutcome.Ok,
                $"Alertmanager had forgotten it, as it does when it is killed; it was made again as {again.Id} until {Until(silence)}."
            );
            await memory.MadeAsync(tenant, again, CancellationToken.None);
            await memory.ForgetAsync(silence.Id, CancellationToken.None);

            Task TellOfAsync(string action, AuditOutcome outcome, string what) =>
                audit.AppendAsync(
                    new AuditEntry(
                        AuditActor.System,
                        action,
                        tenant,
                        silence.Id,
                        outcome,
                        $"{what} {string.Join(", ", silence.Matchers)}: {silence.Comment}"
                    ),
                    CancellationToken.None
                );
        }

        static bool IsSame(HeldSilence one, HeldSilence other) =>
            one.Status.State != "expired"
            && (one.Comment, one.CreatedBy, one.EndsAt.ToUnixTimeMilliseconds())
                == (other.Comment, other.CreatedBy, other.EndsAt.ToUnixTimeMilliseconds())
            && one.Matchers.ToHashSet().SetEquals(other.Matchers);

        SilenceWanted Again(HeldSilence silence)
        {
            var now = time.GetUtcNow();
            return new SilenceWanted(
                silence.Matchers,
                silence.StartsAt > now ? silence.StartsAt : now,
                silence.EndsAt,
                silence.CreatedBy,
                silence.Comment
            );
        }

        static string Until(HeldSilence silence) =>
            silence.EndsAt.UtcDateTime.ToString(
                "yyyy-MM-dd HH:mm 'UTC'",
                System.Globalization.CultureInfo.InvariantCulture
            );
    }

    /// <summary>What will be asked of Alertmanager, or why it will not.</summary>
    internal SilenceWanted Wanted(TenantScope scope, string tenant, SilenceAsked asked, string by)
    {
        var own = new SilenceMatcher(TenantScope.Label, scope.Narrow(tenant).Tenants[0]);
        var (now, given) = (time.GetUtcNow(), asked.Matchers ?? []);
        if (given.Count > MostMatchers)
        {
            throw new UnfitSilenceException($"A silence has at most {MostMatchers} matchers.");
        }
        foreach (var matcher in given)
        {
            if (matcher is null || matcher.Name is null || !IsLabelName(matcher.Name) || matcher.Value is null)
            {
                throw new UnfitSilenceException(
                    "A matcher has a label's name of at most 200 characters and a value, which may be empty."
                );
            }
            if (matcher.Name == TenantScope.Label && matcher != own)
            {
                throw new UnfitSilenceException(
                    $"A silence of {tenant} is bound to {tenant}: leave the label {TenantScope.Label} out."
                );
            }
            TextLimits.Check(matcher.Value, $"The value for {matcher.Name}", 1000);
        }
        var (starts, ends) = (asked.StartsAt is { } at && at > now ? at : now, asked.EndsAt);
        if (ends is null || ends <= starts)
        {
            throw new UnfitSilenceException(
                ends <= now ? "It would have ended already: give a time in the future." : "It must end after it starts."
            );
        }
        if (ends - starts > Longest)
        {
            throw new UnfitSilenceException("A silence lasts at most a year.");
        }
        if (string.IsNullOrWhiteSpace(asked.Comment))
        {
            throw new UnfitSilenceException("Say in the comment why it is silenced.");
        }
        TextLimits.Check(asked.Comment.Trim(), "The comment", 1000);
        return new SilenceWanted(
            [own, .. given.Where(matcher => matcher != own).Distinct()],
            starts,
            ends.Value,
            AlertFacts.Plain(by, 200),
            AlertFacts.Plain(asked.Comment.Trim(), 1000)
        );
    }

    internal static string Told(SilenceWanted wanted) => string.Join(", ", wanted.Matchers);

    private async Task TellAsync(string tenant)
    {
        await firing.ForgetAsync(tenant);
        news.Raise();
    }

    /// <summary>A program proposes (<c>silence.create</c>); a person who handles alerts may also silence at once.</summary>
    private static void RequirePerson(Caller caller)
    {
        if (!caller.MayHandleAlerts)
        {
            throw new ForbiddenException("Silencing needs the role Operator or Admin, and a token with propose.");
        }
        if (!caller.IsPerson)
        {
            throw new ForbiddenException(
                "A program does not silence alerts by itself. Propose silence.create; a person approves it.",
                "needsPerson"
            );
        }
    }

    /// <summary>Any text is a name since Alertmanager 0.27; what can't be seen or is half a character is none here.</summary>
    private static bool IsLabelName(string name) =>
        name.Length is > 0 and <= 200
        && name.EnumerateRunes()
            .All(rune => rune != System.Text.Rune.ReplacementChar && !System.Text.Rune.IsControl(rune));
}
