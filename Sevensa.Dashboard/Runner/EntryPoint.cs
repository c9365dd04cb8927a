using System.CommandLine;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Runner;

/// <summary>The program <c>sevensa-runner</c>.</summary>
internal static class EntryPoint
{
    /// <summary>The role may be named, as the dashboard's program wants it: one command line does for both.</summary>
    public static Task<int> Main(string[] args)
    {
        var root = RunnerCommand.Describe(
            new RootCommand("Runs what was approved on this Docker host, and reports what is there.")
        );
        root.Add(HealthCheck.Command);
        return CommandLines.RunAsync(root, args is ["runner", .. var rest] ? rest : args);
    }
}
