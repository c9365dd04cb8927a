using Sevensa.Dashboard.Runner.Actions;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>What of the host may be scanned by the schedule: what its own policy file allows for actions, too.</summary>
internal static class ScanPolicy
{
    /// <summary>Why nothing may be scanned; null when something may.</summary>
    public static string? Trouble(string? file)
    {
        if (file is null)
        {
            return null;
        }
        return Read(file, out var why) is not { } policy
                ? $"This host's policy file can't be read, so nothing is scanned: {why}"
            : policy.AllowsKind(StepVerbs.ImageScan) ? null
            : $"This host's own policy does not name {StepVerbs.ImageScan} among the kinds that it allows ({file}).";
    }

    /// <summary>Containers that run and whose images may be scanned.</summary>
    public static IEnumerable<ContainerFacts> Allowed(
        string? file,
        IReadOnlyList<ContainerFacts> containers,
        DateTimeOffset now
    )
    {
        var policy = Read(file);
        return policy is null || !policy.AllowsTime(now)
            ? []
            : containers.Where(container =>
                container is { State: "running" or "paused" or "restarting", Tenant: not null, Unread: null }
                && ImageScans.IsImageId(container.ImageId)
                && policy.AllowsTenant(container.Tenant)
                && policy.AllowsImage(container.Image)
                && policy.MissingLabel(container.Labels) is null
            );
    }

    /// <summary>Whether anything may be done at this time: matching lists of parts keeps the host's hours too.</summary>
    public static bool AllowsNow(string? file, DateTimeOffset now) => Read(file)?.AllowsTime(now) == true;

    private static LocalPolicy? Read(string? file) => file is null ? new LocalPolicy() : Read(file, out _);

    private static LocalPolicy? Read(string file, out string? why)
    {
        try
        {
            why = null;
            return LocalPolicy.Parse(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            why = exception.Message;
            return null;
        }
    }
}
