namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>
/// How long an engine is waited for. One that has hung keeps its connections open and never answers, so that without an end
/// whatever asked it in the middle of an action would stay there for good.
/// </summary>
internal static class EnginePatience
{
    /// <summary>For what only asks.</summary>
    public static readonly TimeSpan Question = TimeSpan.FromSeconds(60);

    /// <summary>For what changes something: a container with a large image on a slow disk takes its time.</summary>
    public static readonly TimeSpan Change = TimeSpan.FromMinutes(2);

    /// <summary>Between two pieces of what may take as long as it likes: a pull, a volume's files.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <summary>For a stop, which takes the container's own grace first.</summary>
    public static TimeSpan Stop(int graceSeconds) => Change + TimeSpan.FromSeconds(graceSeconds);
}
