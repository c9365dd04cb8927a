using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>A container's specification with a secret as a file instead of a variable.</summary>
internal static class Unexposing
{
    /// <summary>What the variable holds now.</summary>
    /// <exception cref="StepException"><c>variableMissing</c>, <c>inImage</c>, <c>variableTaken</c></exception>
    public static string ValueOf(Specification own, UnexposeArguments arguments)
    {
        var value =
            Find(own.Config, arguments.Variable)
            ?? throw new StepException(
                "variableMissing",
                $"{own.Name} has no variable {arguments.Variable} (any more), so there is nothing to take out."
            );
        // What is left out of a container's own environment comes from its image's again.
        if (Find(own.ImageConfig, arguments.Variable) is not null)
        {
            throw new StepException(
                "inImage",
                $"{arguments.Variable} of {own.Name} stands in its image too, and would be there again: build the image without it."
            );
        }
        return Find(own.Config, arguments.FileVariable) is null
            ? value
            : throw new StepException(
                "variableTaken",
                $"{own.Name} has a variable {arguments.FileVariable} already. Propose it with another fileVariable, or take that one out first."
            );
    }

    /// <param name="folder">On the host, where the secret's files are.</param>
    /// <param name="mounts">What is mounted in it, as Docker describes it.</param>
    /// <exception cref="StepException"><c>placeTaken</c></exception>
    public static Specification Of(Specification own, UnexposeArguments arguments, string folder, JsonArray mounts)
    {
        var (config, host) = ((JsonObject)own.Config.DeepClone(), (JsonObject)own.HostConfig.DeepClone());
        config["Env"] = new JsonArray([
            .. Pairs(config).Where(pair => Name(pair) != arguments.Variable).Select(pair => (JsonNode)pair),
            (JsonNode)$"{arguments.FileVariable}={arguments.Place}/{arguments.Key}",
        ]);
        if (!mounts.Any(mount => Gives(mount, folder, arguments.Place)))
        {
            if (!HardenWords.IsIn(arguments.Place, UnexposeWords.Folder) || arguments.Place == UnexposeWords.Folder)
            {
                throw new StepException(
                    "placeTaken",
                    $"The files of {arguments.Path} are mounted in a folder of their own below {UnexposeWords.Folder}, and {arguments.Place} is none."
                );
            }
            if (Places(host, mounts).FirstOrDefault(place => Meets(place, arguments.Place)) is { } taken)
            {
                throw new StepException(
                    "placeTaken",
                    $"{taken} of {own.Name} is mounted, and the files of {arguments.Path} would be in its way at {arguments.Place}. Mount them by the Compose file instead."
                );
            }
            var binds = new JsonArray([.. VolumeNames.Binds(host).Select(bind => (JsonNode)bind)]);
            binds.Add((JsonNode)$"{folder}:{arguments.Place}:ro");
            host["Binds"] = binds;
        }
        return own with { Config = config, HostConfig = host };
    }

    /// <summary>Whether a mount has the secret's folder at that place already, by itself or with what is above it.</summary>
    private static bool Gives(JsonNode? mount, string folder, string place)
    {
        var (source, destination) = (Text(mount?["Source"]).TrimEnd('/'), Text(mount?["Destination"]).TrimEnd('/'));
        return Text(mount?["Type"]) == "bind"
            && source.Length > 0
            && (folder == source || folder.StartsWith(source + "/", StringComparison.Ordinal))
            && place == destination + folder[source.Length..];
    }

    private static IEnumerable<string> Places(JsonObject host, JsonArray mounts) =>
        mounts
            .Where(mount => Text(mount?["Type"]) != "tmpfs")
            .Select(mount => Text(mount?["Destination"]))
            .Concat(VolumeNames.Binds(host).Select(bind => bind.Split(':').ElementAtOrDefault(1)).OfType<string>())
            .Concat((host["Mounts"] as JsonArray ?? []).Select(mount => Text(mount?["Target"])))
            .Where(place => place.Length > 0);

    private static bool Meets(string taken, string place) =>
        HardenWords.IsIn(place, taken) || HardenWords.IsIn(taken, place);

    private static string? Find(JsonObject? config, string variable) =>
        config is null ? null
        : Pairs(config).LastOrDefault(pair => Name(pair) == variable) is { } pair ? pair[(variable.Length + 1)..]
        : null;

    /// <summary>Without a value it is none of the container's: Docker drops it.</summary>
    private static IEnumerable<string> Pairs(JsonObject config) =>
        (config["Env"] as JsonArray ?? []).Select(Text).Where(pair => pair.Contains('=', StringComparison.Ordinal));

    private static string Name(string pair) => pair[..pair.IndexOf('=', StringComparison.Ordinal)];
}
