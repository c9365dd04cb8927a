using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Unexposing;

/// <summary>One container whose variable becomes a file: where the file is in it, and what is different afterwards.</summary>
internal sealed record UnexposedContainer(
    HostedContainer Container,
    UnexposeArguments Arguments,
    IReadOnlyList<PlanChange> Changes,
    string? Mount
)
{
    public PlanStep Step =>
        PlanBench.Step(
            StepVerbs.ContainerUnexpose,
            Container.Facts.Id,
            $"Create {Container.Facts.Name} anew with {Arguments.Place}/{Arguments.Key} instead of {Arguments.Variable}",
            StepJson.Of(Arguments)
        );

    /// <param name="folder">On the host, where secrets are laid down as files.</param>
    /// <exception cref="CannotPlanException">It can't be done to this one; says why.</exception>
    public static UnexposedContainer Of(HostedContainer container, UnexposeChoices choices, string folder)
    {
        var facts = container.Facts;
        if (facts is not { Tenant: { } tenant, Isolation: { } isolation })
        {
            throw new CannotPlanException(
                $"The runner on {container.HostName} does not tell what {facts.Name} has mounted. Update it, then propose again."
            );
        }
        if (facts.EnvironmentNames.Contains(choices.FileVariable, StringComparer.Ordinal))
        {
            throw new CannotPlanException(
                $"{facts.Name} has a variable {choices.FileVariable} already. Name another with fileVariable, or take {choices.Variable} out of the Compose file: the other may be in use."
            );
        }
        var there = SecretMounts.PlaceOf(facts, folder, tenant, choices.Path);
        var place = there ?? FreePlace(facts, isolation, choices.Path);
        var label = SecretLabels.Of(facts, choices.Path) is null ? FreeLabel(facts, choices.Path) : null;
        var mount = there is null ? $"{folder.TrimEnd('/')}/{tenant}/{choices.Path}:{place}:ro" : null;
        List<PlanChange> changes =
        [
            new($"{choices.Variable} of {facts.Name}", "in the environment", "not there any more"),
            new($"{choices.FileVariable} of {facts.Name}", null, $"{place}/{choices.Key}"),
        ];
        if (mount is not null)
        {
            changes.Add(new PlanChange($"files of {choices.Path} in {facts.Name}", null, $"{mount} (read-only)"));
        }
        if (label is not null)
        {
            changes.Add(
                new PlanChange($"label {label} of {facts.Name}", null, $"{choices.Path}, restarted for a new value")
            );
        }
        return new UnexposedContainer(container, choices.In(place, label), changes, mount);
    }

    /// <summary>The last part of the path where it is free, else the whole of it.</summary>
    private static string FreePlace(ContainerFacts facts, ContainerIsolation isolation, string path)
    {
        foreach (var name in Names(path))
        {
            var place = $"{UnexposeWords.Folder}/{name}";
            if (
                !isolation.Mounts.Any(mount =>
                    mount.Type != "tmpfs"
                    && (HardenWords.IsIn(place, mount.Destination) || HardenWords.IsIn(mount.Destination, place))
                )
            )
            {
                return place;
            }
        }
        throw new CannotPlanException(
            $"{UnexposeWords.Folder} of {facts.Name} is mounted, or what would be the place of the files of {path} in it. Mount them by the Compose file instead."
        );
    }

    private static string? FreeLabel(ContainerFacts facts, string path) =>
        Names(path)
            .Select(name => SecretLabels.Prefix + name)
            .FirstOrDefault(label => !facts.Labels.ContainsKey(label));

    private static string[] Names(string path) => [path[(path.LastIndexOf('/') + 1)..], path.Replace('/', '-')];
}
