using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <param name="Images">Null for all but <paramref name="Except"/>.</param>
internal sealed record ImageClass(
    Exposure Exposure,
    IReadOnlyCollection<string>? Images,
    IReadOnlyCollection<string> Except
);

/// <summary>What a filter asks of the store, and who runs the images that it is about.</summary>
/// <param name="Running">Reported images with the containers of the tenants that are asked for, those that stand still too.</param>
internal sealed record FindingQuestion(
    FindingsAsked Asked,
    IReadOnlyDictionary<string, List<RunningContainer>> Running,
    DueBook Due
)
{
    /// <summary>The tenants that are asked for.</summary>
    public required TenantScope Scope { get; init; }

    public IReadOnlyList<RunningContainer> ContainersOf(string image) => Running.GetValueOrDefault(image) ?? [];

    /// <summary>The images that are asked for by how far they are reached, the widest first.</summary>
    public IReadOnlyList<ImageClass> Classes()
    {
        var reached = Running
            .Select(one => (Image: one.Key, Exposure: Exposures.Of(one.Value)))
            .Where(one => one.Exposure != Exposure.NotRunning)
            .ToList();
        string[] those = [.. reached.Select(one => one.Image)];
        var (asked, except) = (Asked.Images, Asked.Except);
        List<ImageClass> classes =
        [
            .. reached
                .Where(one => asked?.Contains(one.Image) ?? !except.Contains(one.Image))
                .GroupBy(one => one.Exposure, one => one.Image)
                .OrderByDescending(group => group.Key)
                .Select(group => new ImageClass(group.Key, [.. group], [])),
        ];
        IReadOnlyCollection<string>? others = asked is null ? null : [.. asked.Except(those)];
        if (others is not { Count: 0 })
        {
            classes.Add(new ImageClass(Exposure.NotRunning, others, [.. except.Union(those)]));
        }
        return classes;
    }
}

/// <summary>Whose findings are asked for, and how things stand with them now.</summary>
/// <param name="Images">Ids of those that they have; null for all.</param>
/// <param name="KnownImages">How many images there are in all, whoever has them.</param>
internal sealed record FindingScene(
    TenantScope Scope,
    IReadOnlyDictionary<string, List<RunningContainer>> Running,
    IReadOnlyCollection<string>? Images,
    int KnownImages,
    DueBook Due
);

/// <summary>Turns what a caller looks for into what the store is asked: nothing but what the caller may see.</summary>
internal sealed class FindingQuestions(
    ImageStore imageStore,
    RunningImages runningImages,
    ScanRights rights,
    ITenantScopes scopes,
    DuePolicies due
)
{
    /// <param name="alsoOwned">Images too that are a tenant's without running.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<FindingQuestion> AskAsync(
        Caller caller,
        FindingFilter filter,
        bool alsoOwned,
        CancellationToken cancellation
    ) => await AskAsync(caller, await SceneAsync(caller, filter.Tenant, alsoOwned, cancellation), filter, cancellation);

    /// <summary>What all questions of one tenant, or of all that the caller sees, have in common.</summary>
    /// <param name="alsoOwned">Images too that are a tenant's without running.</param>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<FindingScene> SceneAsync(
        Caller caller,
        string? tenant,
        bool alsoOwned,
        CancellationToken cancellation
    )
    {
        var scope = tenant is null
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, tenant, cancellation);
        var running = await runningImages.OfTenantsAsync(scope.Holds, cancellation);
        HashSet<string>? images = tenant is null && caller.Tenants.IsAll ? null : [.. running.Keys];
        if (images is not null && alsoOwned)
        {
            var somewhere = rights.RunningDigests();
            images.UnionWith(
                (await imageStore.OwnedByAsync([.. scope.Tenants], cancellation))
                    .Where(image => !image.Digests.Any(somewhere.Contains))
                    .Select(image => image.Row.Id)
            );
        }
        return new FindingScene(
            scope,
            running,
            images,
            await imageStore.CountAsync(cancellation),
            await BookAsync(tenant, running, cancellation)
        );
    }

    /// <param name="scene">Of the filter's tenant.</param>
    public async Task<FindingQuestion> AskAsync(
        Caller caller,
        FindingScene scene,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var (narrowed, except) = await NarrowAsync(
            scene.Images is null ? null : [.. scene.Images],
            filter,
            scene.Running,
            cancellation
        );
        var asked = new FindingsAsked(narrowed, filter.Severity, filter.State, filter.Kind)
        {
            Except = except,
            Exploited = filter.Exploited,
            Fixable = filter.Fixable,
            Vulnerability = filter.Vulnerability,
            KnownImages = scene.KnownImages,
            Owner = filter.Owner switch
            {
                "none" => "",
                "me" => caller.Subject,
                var subject => subject,
            },
        };
        return new FindingQuestion(
            filter.Overdue ? asked with { State = FindingState.Open, OverdueBy = scene.Due.Groups } : asked,
            scene.Running,
            scene.Due
        )
        {
            Scope = scene.Scope,
        };
    }

    /// <summary>By the days of those who run it and, of what is reached from outside its host, by the days of that.</summary>
    private async Task<DueBook> BookAsync(
        string? tenant,
        IReadOnlyDictionary<string, List<RunningContainer>> running,
        CancellationToken cancellation
    )
    {
        var book = tenant is not null
            ? await due.OfAsync(tenant, cancellation)
            : await due.OfAsync(
                running.ToDictionary(
                    one => one.Key,
                    one => (IReadOnlyCollection<string>)[.. one.Value.Select(it => it.Container.Tenant).Distinct()]
                ),
                cancellation
            );
        return book.WithExposed(
            running.Where(one => Exposures.Of(one.Value) >= Exposure.Published).Select(one => one.Key)
        );
    }

    private async Task<(HashSet<string>? Images, IReadOnlyCollection<string> Except)> NarrowAsync(
        HashSet<string>? images,
        FindingFilter filter,
        IReadOnlyDictionary<string, List<RunningContainer>> running,
        CancellationToken cancellation
    )
    {
        IReadOnlyCollection<string> except = [];
        if (filter.Exposure is { } least and > Exposure.NotRunning)
        {
            Keep(RunBy(containers => Exposures.Of(containers) >= least));
        }
        if (filter.RunsAsRoot)
        {
            Keep(RunBy(Exposures.RunsAsRoot));
        }
        if (filter.Image is { } image)
        {
            string[] digests = ImageDigest.Bare(image) is { } digest ? [digest] : [];
            Keep((await imageStore.KnownAsync(digests, cancellation)).Select(one => one.Row.Id));
        }
        if (filter.Running == true)
        {
            Keep(RunBy(containers => Exposures.Of(containers) > Exposure.NotRunning));
        }
        else if (filter.Running == false)
        {
            except = [.. RunBy(containers => Exposures.Of(containers) > Exposure.NotRunning)];
            images?.ExceptWith(except);
        }
        return (images, except);

        IEnumerable<string> RunBy(Func<IReadOnlyList<RunningContainer>, bool> fits) =>
            running.Where(one => fits(one.Value)).Select(one => one.Key);

        void Keep(IEnumerable<string> those)
        {
            if (images is null)
            {
                images = [.. those];
            }
            else
            {
                images.IntersectWith(those.ToList());
            }
        }
    }
}
