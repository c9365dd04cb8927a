using System.Net;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Which version of the Engine's API is spoken.</summary>
internal static class EngineVersions
{
    /// <summary>Of Docker 20.10: the first that measures without waiting a second for each container.</summary>
    public static readonly System.Version Oldest = new(1, 41);

    /// <summary>The newest whose answers are known to be read.</summary>
    public static readonly System.Version Newest = new(1, 52);

    /// <summary>The newest that both sides know.</summary>
    /// <exception cref="EngineException">There is none; the message says what to upgrade.</exception>
    public static System.Version Agree(string? engine, string? newest, string? oldest)
    {
        if (!System.Version.TryParse(newest, out var most))
        {
            throw new EngineException(null, $"Docker says its API is \"{newest}\", which is no version.");
        }
        if (most < Oldest)
        {
            throw new EngineException(
                HttpStatusCode.BadRequest,
                $"Docker {engine} speaks API {most}; the runner needs {Oldest} (Docker 20.10) or later. Upgrade Docker on this host."
            );
        }
        // Engines before 17.06 did not say; they are too old anyway.
        if (System.Version.TryParse(oldest, out var least) && least > Newest)
        {
            throw new EngineException(
                HttpStatusCode.BadRequest,
                $"Docker {engine} speaks API {least} to {most}; this runner knows {Oldest} to {Newest}. Upgrade the runner."
            );
        }
        return most < Newest ? most : Newest;
    }
}
