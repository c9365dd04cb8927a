using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Runner.Secrets;

namespace Sevensa.Dashboard.E2E.Runner;

/// <summary>
/// What a signal that is sent through the engine does to a container's restart policy, and that the runner sends none where it would
/// end it: docs/secrets.md says so of this very engine.
/// </summary>
public sealed class SignalsOnARealEngine(HostBench bench) : IClassFixture<HostBench>
{
    private const string Image = "signals/app:1";

    [Theory]
    [InlineData("s-plain", null, false)]
    [InlineData("s-told", "SIGTERM", true)]
    [InlineData("s-same", "SIGHUP", false)]
    public async Task A_container_comes_back_after_it_was_signalled_only_where_it_names_another_stop_signal(
        string name,
        string? stopSignal,
        bool comesBack
    )
    {
        await bench.Docker.ImageAsync(Image);
        var id = await bench.Docker.ContainerAsync(
            name,
            Image,
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy" },
            // It takes the signal and goes on, and ends by itself some time after.
            ["sh", "-c", "trap '' HUP; sleep 4; exit 3"],
            body =>
            {
                body["HostConfig"]!["RestartPolicy"] = new JsonObject { ["Name"] = "always" };
                if (stopSignal is not null)
                    body["StopSignal"] = stopSignal;
            }
        );
        var facts = (await bench.Engine.InspectAsync(id, TestContext.Current.CancellationToken))!;
        var described = await bench.Docker.InspectAsync(id);
        Assert.Equal(comesBack, SignalRule.WhyNot("HUP", facts, described) is null);

        await bench.Engine.SignalAsync(id, "HUP", TestContext.Current.CancellationToken);
        var after = await Eventually.GetAsync(
            "the process to end, and to begin again or not",
            async _ =>
            {
                var now = await bench.Docker.InspectAsync(id);
                var restarts = now["RestartCount"]!.GetValue<int>();
                return restarts > 0 || now["State"]!["Status"]!.GetValue<string>() == "exited" ? $"{restarts}" : null;
            }
        );
        Assert.Equal(comesBack, after != "0");
    }
}
