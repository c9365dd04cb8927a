using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Ids">At most two hundred.</param>
/// <param name="Decision">As for one finding; left out when nothing is decided.</param>
/// <param name="Owner">As for one finding; empty: nobody. Left out when it stays as it is.</param>
internal sealed record BulkAsked(
    IReadOnlyList<string?>? Ids,
    string? Decision,
    string? Reason,
    DateTimeOffset? Until,
    string? Owner,
    string? Comment
)
{
    /// <summary>For <c>notAffected</c>: why, in the words of OpenVEX.</summary>
    public string? Justification { get; init; }
}

/// <param name="Error">Why it was not changed; null when it was.</param>
internal sealed record BulkOutcome(string Id, bool Changed, string? Error);

internal sealed record BulkDone(int Changed, int Refused, IReadOnlyList<BulkOutcome> Findings);

/// <summary>Who answers for findings, what is said of them, and many at once.</summary>
internal sealed class FindingDeeds(
    FindingDesk desk,
    FindingChangeStore store,
    ImageStore imageStore,
    ITenantScopes scopes,
    IPeople people,
    IAuditLog audit,
    TimeProvider time
)
{
    public const int MostAtOnce = 200;
    private const int LongestComment = 2000;

    /// <summary>Accounts that may answer for findings of a tenant.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<IReadOnlyList<FindingOwner>> OwnersAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return
        [
            .. (await people.WhoSeeAsync(tenant, cancellation)).Select(one => new FindingOwner(one.Subject, one.Name)),
        ];
    }

    /// <param name="owner">Subject of an account, <c>me</c>, or nothing: nobody.</param>
    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Finding> AssignAsync(Caller caller, string id, string? owner, CancellationToken cancellation)
    {
        var shown = await ToChangeAsync(caller, id, "Giving a finding an owner", cancellation);
        var chosen = string.IsNullOrWhiteSpace(owner) ? null : await ChosenAsync(caller, owner.Trim(), cancellation);
        if (chosen is not null && !await SeesAsync(chosen, shown, cancellation))
        {
            throw new UndecidableException(
                $"{chosen.Name} may not see the tenants whose image it is. An owner has to see what it is about."
            );
        }
        var row = shown.Row;
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "finding.assigned",
                TenantOf(shown),
                row.Id,
                Detail: $"{row.Vulnerability} in {row.Package} {row.Installed}: "
                    + (chosen is null ? "nobody answers for it" : $"{chosen.Name} answers for it")
                    + (row.OwnerName is { } before ? $" in place of {before}" : "")
            ),
            cancellation
        );
        var changed =
            await store.AssignAsync(
                id,
                chosen is null ? null : new FindingOwner(chosen.Subject, chosen.Name),
                caller.Name,
                time.GetUtcNow(),
                cancellation
            ) ?? throw new UnknownFindingException(id);
        return await desk.ToldAsync(caller, changed, shown.Seen, cancellation);
    }

    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Finding> CommentAsync(Caller caller, string id, string? comment, CancellationToken cancellation)
    {
        var text = TextLimits.Check((comment ?? "").Trim(), "The comment", LongestComment);
        if (text.Length == 0)
        {
            throw new UndecidableException("A comment says something: give its text.");
        }
        var shown = await ToChangeAsync(caller, id, "Commenting on a finding", cancellation);
        var row = shown.Row;
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "finding.commented",
                TenantOf(shown),
                row.Id,
                Detail: $"{row.Vulnerability} in {row.Package} {row.Installed}: {text}"
            ),
            cancellation
        );
        var changed =
            await store.CommentAsync(id, text, caller.Name, time.GetUtcNow(), cancellation)
            ?? throw new UnknownFindingException(id);
        return await desk.ToldAsync(caller, changed, shown.Seen, cancellation);
    }

    /// <summary>The same for many, each by itself: what one of them may not be does not stop the others.</summary>
    /// <exception cref="UndecidableException">422: nothing is asked for, or of too many.</exception>
    public async Task<BulkDone> ManyAsync(Caller caller, BulkAsked asked, CancellationToken cancellation)
    {
        string[] ids = [.. (asked.Ids ?? []).OfType<string>().Where(id => id.Length > 0).Distinct()];
        if (ids.Length is 0 or > MostAtOnce)
        {
            throw new UndecidableException(
                string.Create(CultureInfo.InvariantCulture, $"Give the ids of 1 to {MostAtOnce} findings.")
            );
        }
        if (asked is { Decision: null, Owner: null, Comment: null })
        {
            throw new UndecidableException("Say what is to be done: a decision, an owner or a comment.");
        }
        var outcomes = new List<BulkOutcome>(ids.Length);
        foreach (var id in ids)
        {
            string? error = null;
            try
            {
                await OneAsync(caller, id, asked, cancellation);
            }
            catch (Exception exception)
                when (exception is UnknownFindingException or UndecidableException or ForbiddenException)
            {
                error = exception.Message;
            }
            outcomes.Add(new BulkOutcome(id, error is null, error));
        }
        return new BulkDone(
            outcomes.Count(outcome => outcome.Changed),
            outcomes.Count(outcome => !outcome.Changed),
            outcomes
        );
    }

    private async Task OneAsync(Caller caller, string id, BulkAsked asked, CancellationToken cancellation)
    {
        // The owner first: an acceptance makes whoever accepts answer for what nobody does.
        if (asked.Owner is { } owner)
        {
            await AssignAsync(caller, id, owner, cancellation);
        }
        if (asked.Decision is { } decision)
        {
            await desk.DecideAsync(caller, id, decision, asked.Reason, asked.Until, cancellation, asked.Justification);
        }
        if (asked.Comment is { } comment)
        {
            await CommentAsync(caller, id, comment, cancellation);
        }
    }

    private async Task<FindingDesk.Shown> ToChangeAsync(
        Caller caller,
        string id,
        string deed,
        CancellationToken cancellation
    )
    {
        var shown = await desk.ToChangeAsync(caller, id, cancellation);
        shown.MustConcernNoOthers(deed);
        return shown;
    }

    private async Task<Caller> ChosenAsync(Caller caller, string owner, CancellationToken cancellation)
    {
        if (owner == "me")
        {
            return caller.IsPerson
                ? caller
                : throw new ForbiddenException("This token acts for nobody: say who answers for the finding.");
        }
        return await people.NowAsync(owner, cancellation) is { IsStaff: true } person
            ? person
            : throw new UndecidableException(
                "There is no such account. GET /api/v1/tenants/{tenant}/findings/owners lists those that may be chosen."
            );
    }

    private async Task<bool> SeesAsync(Caller person, FindingDesk.Shown shown, CancellationToken cancellation) =>
        shown.All.Count > 0
            ? shown.All.Exists(one => person.MaySee(one.Container.Tenant))
            : await imageStore.ImageAsync(shown.Row.ImageId, cancellation) is { } image
                && ImageOwners.Includes(image.Owners, person);

    private static string? TenantOf(FindingDesk.Shown shown) => shown.Seen.FirstOrDefault()?.Container.Tenant;
}
