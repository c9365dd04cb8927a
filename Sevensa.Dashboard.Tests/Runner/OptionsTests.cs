using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Runner;

namespace Sevensa.Dashboard.Tests.Runner;

public class OptionsTests
{
    private static List<string> Mistakes(params string[] args)
    {
        var configuration = new ConfigurationBuilder();
        var mistakes = RunnerCommand.ReadSettings(Line(args), configuration);
        mistakes.AddRange(RunnerHost.Mistakes(configuration.Build(), new RunnerOptions()));
        return mistakes;
    }

    internal static ParseResult Line(string[] args) =>
        CommandLines.Read(RunnerCommand.Describe(new Command("runner")), args);

    [Fact]
    public void Every_mistake_is_told_at_once_by_its_key()
    {
        var mistakes = Mistakes(
            "--hub",
            "ftp://x",
            "--docker",
            "nonsense",
            "--metrics=0.0.0.0:9464",
            "--enrolment-token-file",
            "/nowhere/token",
            "--policy",
            "/nowhere/policy",
            "--colour",
            "red",
            "--name",
            "a b"
        );
        foreach (
            var key in new[]
            {
                "Runner:Hub",
                "Runner:Docker",
                "Runner:MetricsTokenFile",
                "Runner:EnrolmentTokenFile",
                "Runner:Policy",
                "--colour",
                "Runner:Name",
            }
        )
        {
            Assert.Contains(mistakes, mistake => mistake.StartsWith(key + ":", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_dashboards_address_is_the_one_thing_needed()
    {
        Assert.Empty(Mistakes("--hub", "https://console.example.org"));
        Assert.StartsWith("Runner:Hub:", Assert.Single(Mistakes()), StringComparison.Ordinal);
        Assert.Contains("--hub: a value must follow", Mistakes("--hub"));
        Assert.Contains("--hub: a value must follow", Mistakes("--hub", "--name", "vps-1"));
    }

    [Fact]
    public async Task A_host_that_is_not_enrolled_and_has_no_token_says_where_to_get_one()
    {
        var folder = Directory.CreateTempSubdirectory("runner-");
        await using (
            var agent = RunnerAgent.Start(
                new RunnerOptions
                {
                    Hub = new Uri("http://127.0.0.1:1"),
                    State = folder.FullName,
                    Metrics = "none",
                },
                TimeProvider.System,
                Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance
            )
        )
        {
            var exception = await Assert.ThrowsAsync<RunnerException>(() => agent.RunAsync(CancellationToken.None));
            Assert.Contains("Hosts page", exception.Message, StringComparison.Ordinal);
        }
        folder.Delete(recursive: true);
    }
}
