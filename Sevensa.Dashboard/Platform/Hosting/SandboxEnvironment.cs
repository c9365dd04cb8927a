namespace Sevensa.Dashboard.Platform.Hosting;

/// <summary>The environment in which unconfigured upstreams are answered by stand-ins. It invents data, so it is never the default of a published program.</summary>
public static class SandboxEnvironment
{
    public const string Name = "Sandbox";

    public static bool IsSandbox(this IHostEnvironment environment) => environment.IsEnvironment(Name);
}
