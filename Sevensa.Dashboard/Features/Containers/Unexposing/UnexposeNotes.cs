using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Unexposing;

/// <summary>What a person should know before a secret is taken out of an environment.</summary>
internal static class UnexposeNotes
{
    private const string ComposeService = "com.docker.compose.service";

    /// <summary>Without a health check nothing tells that a container does not read the file.</summary>
    public static Risk RiskOf(IReadOnlyList<UnexposedContainer> anew) => anew.Any(IsUnchecked) ? Risk.High : Risk.Low;

    public static IEnumerable<string> Of(
        UnexposeChoices choices,
        IReadOnlyList<HostedContainer> replicas,
        IReadOnlyList<UnexposedContainer> anew
    )
    {
        yield return choices.Differs
            ? $"{choices.Path}/{choices.Key} may hold another value than {choices.Variable}: it is what is used from then on."
            : $"The host compares {choices.Path}/{choices.Key} with {choices.Variable} before it stops anything, and stops nothing where they differ. Neither is told to anybody.";
        yield return $"It has to read the file that {choices.FileVariable} names. Many images do; one that does not comes up without the secret, or not at all.";
        if (anew.Where(IsUnchecked).Select(one => one.Container.Facts.Name).ToList() is [_, ..] blind)
        {
            yield return $"{string.Join(", ", blind)} has no health check: that it runs is all that is looked at, and not whether it has its secret.";
        }
        if (
            replicas.Where(container => !container.Runs).Select(container => container.Facts.Name).ToList()
            is [_, ..] idle
        )
        {
            yield return $"{string.Join(", ", idle)} does not run and is left as it is.";
        }
        if (PatchOf(anew[0]) is { } patch)
        {
            yield return $"Keep this beside the Compose file as compose.secrets.yaml, or its next \"up\" brings the variable back: {patch}";
        }
        yield return $"Rotate {choices.Path} afterwards (secret.rotate): who could look at the container has seen it, and the host's record of how it was made has it, sealed, for as long as former releases are kept.";
    }

    /// <summary>In one line, as YAML takes it too; null where a name would be read as anything else.</summary>
    private static string? PatchOf(UnexposedContainer one)
    {
        var facts = one.Container.Facts;
        var service = facts.Labels.GetValueOrDefault(ComposeService, facts.Service);
        if (!SecretMounts.IsPlain(service))
        {
            return null;
        }
        var asked = one.Arguments;
        List<string> parts =
        [
            $"environment: {{{asked.Variable}: !reset null, {asked.FileVariable}: {asked.Place}/{asked.Key}}}",
        ];
        if (asked.Label is { } label)
        {
            parts.Add($"labels: {{{label}: {asked.Path}, {label}{SecretLabels.OnChange}: {SecretLabels.Restart}}}");
        }
        if (one.Mount is { } mount)
        {
            parts.Add($"volumes: [\"{mount}\"]");
        }
        return $"services: {{{service}: {{{string.Join(", ", parts)}}}}}";
    }

    private static bool IsUnchecked(UnexposedContainer one) => one.Container.Facts.Health is "none" or "";
}
