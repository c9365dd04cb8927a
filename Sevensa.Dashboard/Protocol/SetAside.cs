namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Containers that a runner has made or renamed for as long as an action is under way. Hosts report them like any other; nothing
/// that a person says means one of them.
/// </summary>
public static class SetAside
{
    /// <summary>How the name of a former container begins that another has taken the place of.</summary>
    public const string OldPrefix = "sevensa-old-";

    /// <summary>How the name of one begins that has not taken its place yet.</summary>
    public const string NewPrefix = "sevensa-new-";

    public static bool Is(ContainerFacts container) =>
        container.Name.StartsWith(OldPrefix, StringComparison.Ordinal)
        || container.Name.StartsWith(NewPrefix, StringComparison.Ordinal);
}
