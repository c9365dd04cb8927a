using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>
/// Named procedures of a tenant that may be asked again and again: written by one person, read by another, and then asked with
/// parameters. Asking one does nothing but asking its steps would: what changes something is proposed.
/// </summary>
internal sealed partial class PlaybookDesk(
    PlaybookShelf shelf,
    PlaybookStore store,
    ITenantScopes scopes,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    private const int Most = 100;
    private const int MostVersions = 200;
    private const int MostParameters = 10;
    private const int LongestTitle = 100;

    /// <summary>Writes a version down. It is not asked before another person has read it.</summary>
    /// <exception cref="ForbiddenException"/>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnfitPlaybookException"/>
    /// <exception cref="PlaybookConflictException"/>
    public async Task<PlaybookView> WriteAsync(
        Caller caller,
        string tenant,
        string name,
        PlaybookWish wish,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("You may read playbooks here, and not write them.");
        }
        var (title, text, parameters) = (wish.Title?.Trim() ?? "", wish.Text ?? "", wish.Parameters ?? []);
        var services = await shelf.ServicesAsync(tenant, cancellation);
        var trouble =
            !Named().IsMatch(name)
                ? $"\"{name}\" is no name of a playbook: lower-case letters, digits and hyphens, at most 60."
            : title.Length is 0 or > LongestTitle ? $"It needs a title of at most {LongestTitle} characters."
            : parameters.Count > MostParameters ? $"It has more than {MostParameters} parameters."
            : parameters.Select(one => one.Trouble(services)).OfType<string>().FirstOrDefault()
                ?? PlaybookText.Trouble(text, parameters);
        if (trouble is not null)
        {
            throw new UnfitPlaybookException(trouble);
        }
        var all = await store.VersionsAsync(tenant, null, cancellation);
        var before = all.Where(one => one.Name == name).ToList();
        if (before.Count == 0 && all.Select(one => one.Name).Distinct().Count() >= Most)
        {
            throw new UnfitPlaybookException($"{tenant} has {Most} playbooks, and no more are kept.");
        }
        if (before.Count >= MostVersions)
        {
            throw new UnfitPlaybookException(
                $"{name} has {MostVersions} versions, and no more are kept. Write it under another name."
            );
        }
        var version = new Playbook
        {
            Id = Guid.NewGuid().ToString("n"),
            Tenant = tenant,
            Name = name,
            Version = (before.FirstOrDefault()?.Version ?? 0) + 1,
            Title = title,
            Text = text.ReplaceLineEndings("\n"),
            Parameters = JsonSerializer.Serialize(parameters, KeptEvent.Json),
            WrittenBy = caller.Name,
            WrittenById = caller.Subject,
            WrittenAt = time.GetUtcNow(),
        };
        await TellAsync(caller, "playbook.written", version, $"Version {version.Version}: {title}.", cancellation);
        return await store.AddAsync(version, cancellation)
            ? PlaybookView.Of(version, PlaybookShelf.Asked(before)?.Version)
            : throw new PlaybookConflictException(
                $"Somebody else wrote version {version.Version} of {name} at the same time. Read that, then write yours again."
            );
    }

    /// <summary>Another person has read the newest version: from now on that one is asked.</summary>
    /// <exception cref="ForbiddenException"/>
    /// <exception cref="UnknownPlaybookException"/>
    /// <exception cref="PlaybookConflictException"/>
    public async Task<PlaybookView> ReviewAsync(
        Caller caller,
        string tenant,
        string name,
        int number,
        CancellationToken cancellation
    )
    {
        var newest = (await shelf.RowsAsync(caller, tenant, name, cancellation))[0];
        if (!caller.IsReviewer)
        {
            throw new ForbiddenException("You may not review here.", "notReviewer");
        }
        await stepUp.RequireClearAsync(caller, "playbook.review", cancellation);
        if (newest.WrittenById == caller.Subject)
        {
            throw new ForbiddenException("Who wrote a playbook does not count as its reviewer.", "selfApproval");
        }
        if (newest.Version != number || newest.IsRetired)
        {
            throw new PlaybookConflictException(
                newest.IsRetired
                    ? $"{name} was put away. Write it anew to have it asked again."
                    : $"Version {newest.Version} of {name} is the newest, and you have read {number}. Read that one."
            );
        }
        if (newest.ReviewedBy is null)
        {
            await TellAsync(caller, "playbook.reviewed", newest, $"Version {number}.", cancellation);
            await store.ReviewAsync(newest.Id, caller.Name, time.GetUtcNow(), cancellation);
        }
        return (await shelf.VersionsAsync(caller, tenant, name, cancellation)).First(one => one.Version == number);
    }

    /// <summary>Puts it away: it is kept to be read, and not asked any more.</summary>
    /// <exception cref="ForbiddenException"/>
    /// <exception cref="UnknownPlaybookException"/>
    public async Task RetireAsync(Caller caller, string tenant, string name, CancellationToken cancellation)
    {
        var newest = (await shelf.RowsAsync(caller, tenant, name, cancellation))[0];
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("You may read playbooks here, and not put them away.");
        }
        await TellAsync(caller, "playbook.retired", newest, "It is not asked any more.", cancellation);
        await store.RetireAsync(tenant, name, cancellation);
    }

    private Task<long> TellAsync(
        Caller caller,
        string action,
        Playbook version,
        string detail,
        CancellationToken cancellation
    ) =>
        audit.AppendAsync(
            new AuditEntry(caller.Actor(), action, version.Tenant, version.Name, Detail: detail),
            cancellation
        );

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,59}$")]
    private static partial Regex Named();
}
