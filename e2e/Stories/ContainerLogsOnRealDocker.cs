using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>A container's log from a real engine through a runner of its own: both streams, as they are written, across a restart.</summary>
[Collection(nameof(OneFleet))]
public sealed class ContainerLogsOnRealDocker(RealFleet fleet)
{
    [Fact]
    public async Task It_is_followed_line_by_line_and_goes_on_when_the_container_starts_again()
    {
        const string name = "rentguy-talker-1";
        var id = await fleet.Engine.ContainerAsync(
            name,
            "rentguy/api:2.4.0",
            new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = "talker" },
            ["sh", "-c", "for n in 1 2 3; do echo out $n; echo err $n >&2; sleep 0.2; done; sleep 2"]
        );
        using var client = await fleet.Dashboard.ClientOfAsync("operator");
        var path = $"/api/v1/tenants/rentguy/containers/{name}/logs";
        await Eventually.TrueAsync(
            "the runner to tell of it",
            async token =>
            {
                using var answer = await client.GetAsync(new Uri(path, UriKind.Relative), token);
                return answer.IsSuccessStatusCode;
            }
        );
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ending.CancelAfter(Patience.Usual);
        using var followed = await client.GetAsync(
            new Uri(path + "?follow=true&tail=100", UriKind.Relative),
            HttpCompletionOption.ResponseHeadersRead,
            ending.Token
        );
        using var reader = new StreamReader(await followed.Content.ReadAsStreamAsync(ending.Token));
        var first = await LinesAsync(reader, 6, ending.Token);
        Assert.Equal(
            ["err 1", "err 2", "err 3", "out 1", "out 2", "out 3"],
            first.Select(line => line.Text).Order(StringComparer.Ordinal)
        );
        Assert.All(
            first,
            line =>
                Assert.Equal(line.Text.StartsWith("err", StringComparison.Ordinal) ? "stderr" : "stdout", line.Stream)
        );
        // It ends by itself; started again, its log goes on, and nothing comes twice.
        await Eventually.TrueAsync(
            "it to end",
            async _ => (await fleet.Engine.InspectAsync(id))["State"]!["Status"]!.GetValue<string>() == "exited"
        );
        await fleet.Engine.PostAsync($"containers/{id}/start");
        var second = await LinesAsync(reader, 6, ending.Token);
        Assert.Equal(
            ["err 1", "err 2", "err 3", "out 1", "out 2", "out 3"],
            second.Select(line => line.Text).Order(StringComparer.Ordinal)
        );
        Assert.Equal(12, first.Concat(second).Select(line => (line.Time, line.Text)).Distinct().Count());
    }

    private static async Task<List<(string Time, string Stream, string Text)>> LinesAsync(
        StreamReader reader,
        int count,
        CancellationToken cancellation
    )
    {
        var lines = new List<(string, string, string)>();
        while (lines.Count < count)
        {
            var line =
                await reader.ReadLineAsync(cancellation)
                ?? throw new InvalidOperationException($"The log ended after {lines.Count} lines");
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            var data = JsonNode.Parse(line["data: ".Length..])!;
            lines.Add(
                (
                    data["timeUnixNs"]!.GetValue<string>(),
                    data["stream"]!.GetValue<string>(),
                    data["text"]!.GetValue<string>()
                )
            );
        }
        return lines;
    }
}
