using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Runner;

/// <summary>The program <c>sevensa-runner</c>.</summary>
internal static class EntryPoint
{
    /// <summary>The role may be named, as the dashboard's program wants it: one command line does for both.</summary>
    public static Task<int> Main(string[] args) =>
        args switch
        {
            ["healthcheck", .. var rest] => HealthCheck.RunAsync(rest),
            ["runner", .. var rest] => RunnerHost.RunAsync(rest),
            _ => RunnerHost.RunAsync(args),
        };
}
