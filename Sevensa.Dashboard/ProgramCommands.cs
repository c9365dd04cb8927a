using System.CommandLine;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Identity;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Runner;

namespace Sevensa.Dashboard;

/// <summary>What the program does when it is not to serve.</summary>
internal static class ProgramCommands
{
    private static readonly string[] AboutItself = ["--help", "-h", "-?", "--version"];

    /// <summary>Whether there is no command but settings at most, which the web role reads itself: <c>--Section:Key=value</c>.</summary>
    public static bool IsToServe(string[] args) =>
        args.Length == 0
        || !AboutItself.Contains(args[0])
            && (args[0].StartsWith('-') || args[0].StartsWith('/') || args[0].Contains('=', StringComparison.Ordinal));

    /// <param name="onStore">Does a command with the web role's settings and services.</param>
    public static RootCommand Root(Func<ParseResult, Task<int>> onStore)
    {
        var root = new RootCommand(
            "The operator console of a multi-tenant Docker host. Without a command it serves; settings follow as --Section:Key=value."
        )
        {
            RunnerCommand.Describe(new Command("runner", "Runs what was approved on a Docker host.")),
            HealthCheck.Command,
        };
        foreach (
            var command in (Command[])
                [
                    .. PlatformSetup.Commands,
                    .. AuditFeature.Commands,
                    .. IdentityFeature.Commands,
                    .. AssistantFeature.Commands,
                ]
        )
        {
            // The rest of the line are settings, as the web role takes them.
            command.TreatUnmatchedTokensAsErrors = false;
            command.SetAction((line, _) => onStore(line));
            root.Add(command);
        }
        return root;
    }
}
