using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>Whose namespaces a container that is put in another's place lives in, and who lives in its own.</summary>
internal static class Neighbours
{
    /// <summary>What it shares with a container that this plan has set aside, it shares with the one in that one's place.</summary>
    public static Specification Renamed(StepWork work, Specification own) =>
        own with
        {
            References = own.References.ToDictionary(
                reference => reference.Key,
                reference => work.FormerNameOf(reference.Key) ?? reference.Value,
                StringComparer.Ordinal
            ),
        };

    /// <summary>Who lives in this container's network would be cut off with the old one.</summary>
    /// <exception cref="StepException"><c>neededByOthers</c></exception>
    public static async Task RefuseWhileSharedAsync(
        IDockerWorks works,
        StepWork work,
        JsonObject inspect,
        CancellationToken cancellation
    )
    {
        var (id, name) = (Text(inspect["Id"]), Text(inspect["Name"]).TrimStart('/'));
        var later = work
            .Plan.Steps.Where(step => step.Number > work.Step.Number && StepVerbs.Replaces(step.Verb))
            .Select(step => step.On)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var other in await works.ListAsync(cancellation))
        {
            if (
                Text(other["HostConfig"]?["NetworkMode"]) is var mode
                && (mode == $"container:{id}" || mode == $"container:{name}")
                && Text(other["State"]) == "running"
                && !later.Contains(Text(other["Id"]))
            )
            {
                var user = EngineText.Texts(other["Names"]).FirstOrDefault()?.TrimStart('/');
                throw new StepException(
                    "neededByOthers",
                    $"{user} lives in the network of {name} and would be cut off with it. Put {user} into the same plan, after {name}."
                );
            }
        }
    }
}
