using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>A tenant's playbooks as whoever may see it reads and asks them.</summary>
internal sealed class PlaybookShelf(PlaybookStore store, ITenantScopes scopes, ITenants tenants)
{
    /// <summary>The newest version of each, by name.</summary>
    /// <exception cref="UnknownTenantException"/>
    public async Task<IReadOnlyList<PlaybookView>> AllAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return
        [
            .. (await store.VersionsAsync(tenant, null, cancellation))
                .GroupBy(one => one.Name)
                .Select(versions => PlaybookView.Of(versions.First(), Asked([.. versions])?.Version)),
        ];
    }

    /// <summary>All versions of one, the newest first.</summary>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownPlaybookException"/>
    public async Task<IReadOnlyList<PlaybookView>> VersionsAsync(
        Caller caller,
        string tenant,
        string name,
        CancellationToken cancellation
    )
    {
        var versions = await RowsAsync(caller, tenant, name, cancellation);
        var asked = Asked(versions)?.Version;
        return [.. versions.Select(one => PlaybookView.Of(one, asked))];
    }

    /// <summary>The version that is asked, with its parameters filled in.</summary>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownPlaybookException"/>
    /// <exception cref="PlaybookConflictException">No version of it was reviewed.</exception>
    /// <exception cref="UnfitPlaybookException">A value is missing, or is none of its kind.</exception>
    public async Task<FilledPlaybook> FillAsync(
        Caller caller,
        string tenant,
        string name,
        IReadOnlyDictionary<string, string> given,
        CancellationToken cancellation
    )
    {
        var asked =
            Asked(await RowsAsync(caller, tenant, name, cancellation))
            ?? throw new PlaybookConflictException(
                $"No version of {name} may be asked: it has to be read by another person than who wrote it, and not be put away."
            );
        var services = await ServicesAsync(tenant, cancellation);
        var takes = asked.Takes;
        if (given.Keys.FirstOrDefault(key => takes.All(one => one.Name != key)) is { } stranger)
        {
            throw new UnfitPlaybookException(
                $"{name} takes no {stranger}. It takes {(takes.Count == 0 ? "nothing" : string.Join(", ", takes.Select(one => one.Name)))}."
            );
        }
        var values = new Dictionary<string, string>();
        foreach (var one in takes)
        {
            var value =
                given.GetValueOrDefault(one.Name)
                ?? one.Default
                ?? throw new UnfitPlaybookException($"{one.Name} ({one.Kind}) is missing.");
            values[one.Name] = one.Refused(value, services) is { } why ? throw new UnfitPlaybookException(why) : value;
        }
        var text = PlaybookText.Filled(asked.Text, values);
        return new FilledPlaybook(
            tenant,
            name,
            asked.Version,
            asked.Title,
            text,
            PlaybookText.Steps(text),
            PlaybookCommand.Of(tenant, name, values),
            PlaybookView.LinkOf(tenant, name)
        );
    }

    /// <summary>The version that is asked: the newest that another person has read; null when none is.</summary>
    public static Playbook? Asked(IReadOnlyList<Playbook> versions) =>
        versions.FirstOrDefault(one => one is { ReviewedBy: not null, IsRetired: false });

    /// <summary>All versions of one, the newest first.</summary>
    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownPlaybookException"/>
    public async Task<IReadOnlyList<Playbook>> RowsAsync(
        Caller caller,
        string tenant,
        string name,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        var versions = await store.VersionsAsync(tenant, name, cancellation);
        return versions.Count > 0
            ? versions
            : throw new UnknownPlaybookException($"{tenant} has no playbook \"{name}\".");
    }

    public async Task<IReadOnlyList<string>> ServicesAsync(string tenant, CancellationToken cancellation) =>
        (await tenants.AllAsync(cancellation)).First(one => one.Id == tenant).Services;
}
