using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Databases.Contracts;

/// <summary>Whom a plan restarts so that they use new credentials.</summary>
/// <param name="Containers">As the plan names them.</param>
/// <param name="Steps">One for each, in their order; a host does them.</param>
/// <param name="Names">Of the containers that are restarted.</param>
/// <param name="Rest">What is told of those who are not, a sentence each.</param>
public sealed record CredentialRoll(
    IReadOnlyList<PlanContainer> Containers,
    IReadOnlyList<PlanStep> Steps,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Rest
);

/// <summary>Who uses credentials that are in Vault, by the labels of containers. Implemented by whoever knows secrets' consumers.</summary>
public interface ICredentialUsers
{
    /// <param name="paths">Of the secrets, below the tenant's prefix.</param>
    /// <param name="restart">False: nobody is restarted, by choice.</param>
    /// <param name="first">Number of the first step.</param>
    /// <exception cref="CannotPlanException">One of them can't be restarted from here; says what to do.</exception>
    CredentialRoll Roll(string tenant, IReadOnlyList<string> paths, bool restart, int first);

    /// <summary>What of the restarted containers is another than it was planned with, in words.</summary>
    IReadOnlyList<string> Differences(ActionPlan plan);
}
