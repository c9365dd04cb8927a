using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Sevensa.Dashboard.Platform.Start;

namespace Sevensa.Dashboard.Runner;

/// <summary>The runner's command line: each option is a setting of section <c>Runner</c>.</summary>
public static class RunnerCommand
{
    private static readonly (string Setting, Option<string?> Option)[] Options =
    [
        ("Hub", CommandLines.Valued("--hub", "URL", "Address of the dashboard.")),
        (
            "EnrolmentTokenFile",
            CommandLines.Valued("--enrolment-token-file", "FILE", "Token from the Hosts page; needed once.")
        ),
        ("Name", CommandLines.Valued("--name", "NAME", "What the host is called; its own name unless given.")),
        ("Docker", CommandLines.Valued("--docker", "ADDRESS", "The engine's socket or address.")),
        (
            "Kubernetes",
            CommandLines.Valued("--kubernetes", "CLUSTER", "A cluster instead: in-cluster, or a kubeconfig's path.")
        ),
        (
            "Namespaces",
            CommandLines.Valued(
                "--namespaces",
                "LIST",
                "Its namespaces and their tenants: rentguy=rentguy,test=rentguy."
            )
        ),
        ("State", CommandLines.Valued("--state", "FOLDER", "Where keys, journal and releases are kept.")),
        ("Policy", CommandLines.Valued("--policy", "FILE", "What this host lets be done to it.")),
        (
            "RegistryCredentialsFile",
            CommandLines.Valued("--registry-credentials-file", "FILE", "Who pulls images from which registry.")
        ),
        ("Metrics", CommandLines.Valued("--metrics", "ADDRESS", "Where its own metrics are served, or none.")),
        (
            "MetricsTokenFile",
            CommandLines.Valued("--metrics-token-file", "FILE", "Bearer token that readers of the metrics show.")
        ),
    ];

    /// <summary>Makes a command the runner's.</summary>
    /// <returns>The same command.</returns>
    public static T Describe<T>(T command)
        where T : Command
    {
        foreach (var (_, option) in Options)
        {
            command.Add(option);
        }
        // What it does not know is told together with what is wrong with the settings.
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((line, _) => RunnerHost.RunAsync(line));
        return command;
    }

    /// <summary>Puts what the line says into the configuration; what it can't read is a mistake.</summary>
    internal static List<string> ReadSettings(ParseResult line, IConfigurationBuilder configuration)
    {
        var known = string.Join(", ", Options.Select(one => one.Option.Name));
        var given = Options.Where(one => line.GetResult(one.Option) is not null).ToList();
        configuration.AddInMemoryCollection(
            given.Select(one => KeyValuePair.Create($"{RunnerHost.Section}:{one.Setting}", line.GetValue(one.Option)))
        );
        return
        [
            .. line.UnmatchedTokens.Select(word =>
                $"{word.Split('=')[0]}: there is no such option (there are {known})"
            ),
            .. given
                .Where(one => line.GetResult(one.Option) is { Tokens.Count: 0 })
                .Select(one => $"{one.Option.Name}: a value must follow"),
        ];
    }
}
