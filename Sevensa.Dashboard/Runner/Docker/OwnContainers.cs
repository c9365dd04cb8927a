using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Tells the product's own containers, which are never acted on: who stops the runner stops everything else too.</summary>
internal sealed partial class OwnContainers(string? ownId)
{
    private const string RoleLabel = "sevensa.role";

    /// <summary>Reads the id of the container this process runs in, when it does.</summary>
    public static OwnContainers OfThisProcess() =>
        new(IdFrom(Read("/proc/self/cgroup")) ?? IdFrom(Read("/proc/self/mountinfo")));

    /// <summary>
    /// A container id in what the kernel says of a process's groups or mounts; null outside a container. Mounts that others
    /// have are seen from the host too (the shared memory of a container): its own are the files that Docker puts into /etc.
    /// </summary>
    public static string? IdFrom(string text) =>
        ContainerPath().Match(text) is { Success: true } match ? match.Groups["id"].Value : null;

    /// <returns>"dashboard", "runner" or null.</returns>
    public string? RoleOf(string id, IReadOnlyDictionary<string, string>? labels)
    {
        if (labels is not null && labels.TryGetValue(RoleLabel, out var role) && role is "dashboard" or "runner")
        {
            return role;
        }
        return id == ownId ? "runner" : null;
    }

    /// <summary>By labels alone, for what is only recorded.</summary>
    public static string? RoleOf(IReadOnlyDictionary<string, string> labels) =>
        labels.GetValueOrDefault(RoleLabel) is ("dashboard" or "runner") and var role ? role : null;

    /// <summary>Why not, and how to do it without us.</summary>
    public static string Words(string name, string role) =>
        $"{name} is the {role} itself, which no action may touch: it would cut off who carries it out or who watches over it. "
        + $"Do it on the host by hand: docker restart {name}, or for another version docker compose pull and docker compose up -d in its folder.";

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [GeneratedRegex(@"docker[/-](?<id>[0-9a-f]{64})|containers/(?<id>[0-9a-f]{64})/\S+ /etc/")]
    private static partial Regex ContainerPath();
}
