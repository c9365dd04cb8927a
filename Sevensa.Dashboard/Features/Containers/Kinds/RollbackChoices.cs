using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>The three choices of a rollback, and what goes with them.</summary>
/// <param name="Snapshots">Ids; empty leaves data as it is.</param>
internal sealed record RollbackChoices(
    bool Code,
    bool Configuration,
    IReadOnlyList<string> Snapshots,
    string AfterMigration,
    int Grace
)
{
    public static RollbackChoices Of(PlanRequest request)
    {
        var choices = new RollbackChoices(
            PlanBench.Yes(request.Parameters, "code"),
            PlanBench.Yes(request.Parameters, "configuration"),
            PlanBench.Texts(request.Parameters, "snapshots"),
            PlanBench.Text(request.Parameters, RollbackSchema.AfterMigration) ?? RollbackSchema.Refuse,
            request.Parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32()
        );
        return choices is { Code: false, Configuration: false, Snapshots.Count: 0 }
            ? throw new CannotPlanException(
                "Nothing is to be brought back: choose code, configuration, or snapshots of data."
            )
            : choices;
    }

    /// <summary>Whether anything that was chosen is different between what runs and what ran.</summary>
    public bool Differs(Release now, Release then) =>
        (Code && now.ImageDigest != then.ImageDigest)
        || (Configuration && then.Recorded && now.Recorded && ConfigurationOf(now, then).Count > 0);

    public static IReadOnlyList<ReleaseDifference> ConfigurationOf(Release now, Release then) =>
        ReleaseDiff.Configuration(now.First, then.First);
}

/// <summary>One service that goes back.</summary>
/// <param name="Now">Its containers; empty when it was taken away since.</param>
/// <param name="Then">What it is brought back to; equal to what runs when only its data changes.</param>
/// <param name="Volumes">New volume by old.</param>
internal sealed record RollbackService(
    string Service,
    IReadOnlyList<HostedContainer> Now,
    LiveRelease Then,
    LiveRelease? Current,
    FoundRelease Found,
    IReadOnlyDictionary<string, string> Volumes
)
{
    /// <summary>Services and containers that must be there first.</summary>
    public IEnumerable<string> Needs =>
        Then.Release.Containers.Concat(Current?.Release.Containers ?? []).SelectMany(container => container.Needs);

    public IEnumerable<string> Names =>
        Now.Select(container => container.Facts.Name)
            .Concat(Then.Release.Containers.Select(container => container.Name))
            .Append(Service);

    /// <summary>Who is needed comes before who needs; what needs each other stays in order of name.</summary>
    public static IReadOnlyList<RollbackService> InOrder(IReadOnlyList<RollbackService> services)
    {
        var ordered = new List<RollbackService>();
        var visiting = new HashSet<string>(StringComparer.Ordinal);
        foreach (var service in services)
        {
            Visit(service);
        }
        return ordered;

        void Visit(RollbackService service)
        {
            if (ordered.Contains(service) || !visiting.Add(service.Service))
            {
                return;
            }
            var needs = service.Needs.ToHashSet(StringComparer.Ordinal);
            foreach (var provider in services.Where(other => other != service && other.Names.Any(needs.Contains)))
            {
                Visit(provider);
            }
            ordered.Add(service);
        }
    }
}
