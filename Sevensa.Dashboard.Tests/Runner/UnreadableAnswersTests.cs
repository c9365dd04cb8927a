using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>One document that can't be had or read costs what it is about a note, and nothing else anything.</summary>
public class UnreadableAnswersTests
{
    [Fact]
    public async Task A_container_that_Docker_is_stuck_on_costs_itself_a_note_and_nobody_the_picture()
    {
        var time = new WatchedClock();
        var asked = new TaskCompletionSource();
        await using var docker = await RecordedDocker.StartAsync(
            RecordedDocker.Recordings(),
            RecordedDocker.Projects,
            async (path, gone) =>
            {
                if (
                    path.StartsWith("/containers/", StringComparison.Ordinal)
                    && path.EndsWith("/json", StringComparison.Ordinal)
                    && path.Contains(Stuck(), StringComparison.Ordinal)
                )
                {
                    asked.TrySetResult();
                    await Task.Delay(Timeout.Infinite, gone);
                }
            },
            time
        );
        var reading = docker.Engine.ContainersAsync(TestContext.Current.CancellationToken);
        await asked.Task.WaitAsync(Patience.Usual);
        // The others have been read by the time that is over for the one, however long that takes here.
        await Eventually.TrueAsync(
            "of five that were asked for one is waited for",
            _ => Task.FromResult(time.Of(DockerEngine.InspectWithin) == (5, 1))
        );
        Assert.False(reading.IsCompleted);
        time.Advance(DockerEngine.InspectWithin);
        var all = await reading.WaitAsync(Patience.Usual);
        Assert.Equal(5, all.Count);
        var stuck = Assert.Single(all, container => container.Unread is not null);
        Assert.Equal(("rentguy-web-1", "created"), (stuck.Name, stuck.State));
        Assert.Contains("within 15 s", stuck.Unread, StringComparison.Ordinal);

        static string Stuck() =>
            RecordedDocker
                .Recordings()
                .Where(pair => pair.Key == "GET /containers/rentguy-web-1/json")
                .Select(pair => JsonDocument.Parse(pair.Value.Item3).RootElement.GetProperty("Id").GetString()!)
                .Single();
    }

    [Theory]
    [InlineData("HostConfig.Memory")]
    [InlineData("State.ExitCode")]
    [InlineData("Config.Env")]
    [InlineData("NetworkSettings.Networks")]
    [InlineData("")]
    public async Task A_container_whose_description_can_t_be_read_has_a_note_and_the_others_are_as_ever(string strange)
    {
        var recordings = RecordedDocker.Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/psra-api-1/json"].Item3)!;
        var id = inspect["Id"]!.GetValue<string>();
        var body = "[not what an engine says";
        if (strange.Split('.') is [var part, var member])
        {
            inspect[part]![member] = "many";
            body = inspect.ToJsonString();
        }
        foreach (var path in new[] { "psra-api-1", id })
        {
            recordings[$"GET /containers/{path}/json"] = (200, "application/json", Encoding.UTF8.GetBytes(body));
        }
        await using var docker = await RecordedDocker.StartAsync(recordings);

        var all = await docker.Engine.ContainersAsync(CancellationToken.None);

        Assert.Equal(5, all.Count);
        Assert.Single(all, container => container.Unread is not null);
        var read = all.Single(container => container.Name == "psra-api-1");
        Assert.Contains("can't be read", read.Unread!, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", read.Unread!, StringComparison.Ordinal);
        Assert.Equal((id, "running", ""), (read.Id, read.State, read.ConfigHash));
        Assert.NotNull((await docker.Engine.InspectAsync(id, CancellationToken.None))!.Unread);
    }

    [Theory]
    [InlineData(500, "RWLayer of container is unexpectedly nil")]
    [InlineData(403, "authorization denied by plugin")]
    public async Task A_container_that_Docker_can_t_describe_has_a_note_and_its_host_stays(int status, string words)
    {
        var recordings = RecordedDocker.Recordings();
        var id = JsonNode.Parse(recordings["GET /containers/psra-api-1/json"].Item3)!["Id"]!.GetValue<string>();
        foreach (var path in new[] { "psra-api-1", id })
        {
            recordings[$"GET /containers/{path}/json"] = (
                status,
                "application/json",
                Encoding.UTF8.GetBytes($$"""{"message":"{{words}}"}""")
            );
        }
        await using var docker = await RecordedDocker.StartAsync(recordings);
        var all = await docker.Engine.ContainersAsync(CancellationToken.None);
        Assert.Equal(5, all.Count);
        var one = Assert.Single(all, container => container.Unread is not null);
        Assert.Equal((id, "psra-api-1", "running"), (one.Id, one.Name, one.State));
        Assert.Contains(words, one.Unread!, StringComparison.Ordinal);
        // An event of it is looked into the same way.
        Assert.Contains(
            words,
            (await docker.Engine.InspectAsync(id, CancellationToken.None))!.Unread!,
            StringComparison.Ordinal
        );
        // One that Docker fails on and does not list is gone.
        recordings["GET /containers/0123/json"] = recordings[$"GET /containers/{id}/json"];
        Assert.Null(await docker.Engine.InspectAsync("0123", CancellationToken.None));
        // Only when the list fails too, it is Docker.
        recordings["GET /containers/json"] = recordings[$"GET /containers/{id}/json"];
        var failure = await Assert.ThrowsAsync<EngineException>(() =>
            docker.Engine.InspectAsync(id, CancellationToken.None)
        );
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_can_t_be_read_is_passed_over()
    {
        var recordings = RecordedDocker.Recordings();
        var events = recordings["GET /events"];
        recordings["GET /events"] = (
            events.Item1,
            events.Item2,
            [.. "{\"Type\":\"container\",\"Action\":7}\n[broken\n"u8, .. events.Item3]
        );
        await using var docker = await RecordedDocker.StartAsync(recordings);
        var told = await docker
            .Engine.EventsAsync(0, TestContext.Current.CancellationToken)
            .ToListAsync(TestContext.Current.CancellationToken);
        Assert.Contains(told, item => item is { Action: "start", ContainerName: "rentguy-api-1" });
    }
}
