using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The tools over MCP: what they say they are, the form of their answers, and what stands in their way.</summary>
[Collection(SandboxCollection.Name)]
public sealed class McpToolsTests(SandboxApp app)
{
    private async Task<HttpClient> OperatorAsync()
    {
        await app.FleetIsKnownAsync();
        return await app.ApiAsAsync("operator");
    }

    [Fact]
    public async Task Tools_say_what_they_are()
    {
        using var client = await OperatorAsync();
        using var answer = await McpAsking.PostAsync(
            client,
            new
            {
                jsonrpc = "2.0",
                id = 1,
                method = "tools/list",
            }
        );
        var tools = (await McpAsking.MessageAsync(answer))
            .GetProperty("result")
            .GetProperty("tools")
            .EnumerateArray()
            .ToList();
        Assert.All(
            tools,
            tool =>
            {
                Assert.NotEmpty(tool.GetProperty("title").GetString()!);
                var hints = tool.GetProperty("annotations");
                Assert.Equal(
                    tool.GetProperty("name").GetString() != "propose",
                    hints.GetProperty("readOnlyHint").GetBoolean()
                );
                Assert.False(hints.GetProperty("destructiveHint").GetBoolean());
            }
        );
        var propose = tools.Single(tool => tool.GetProperty("name").GetString() == "propose");
        var parameters = propose.GetProperty("inputSchema").GetProperty("properties").GetProperty("parameters");
        Assert.Equal("object", parameters.GetProperty("type").GetString());
        Assert.Contains(tools, tool => tool.GetProperty("name").GetString() == "get_proposal");
    }

    [Fact]
    public async Task A_number_out_of_range_is_refused_and_a_default_is_one()
    {
        using var client = await OperatorAsync();
        foreach (
            var (tool, arguments) in new (string, object)[]
            {
                (
                    "query_metric",
                    new
                    {
                        tenant = "rentguy",
                        service = "api",
                        metric = "cpu",
                        hours = 9999,
                    }
                ),
                ("recent_changes", new { tenant = "rentguy", hours = 0 }),
                ("recent_logs", new { tenant = "rentguy", minutes = 100_000 }),
                ("list_alerts", new { tenant = "rentguy", hours = -1 }),
            }
        )
        {
            var (isError, text) = await McpAsking.CallAsync(client, tool, arguments);
            Assert.True(isError, $"{tool}: {text}");
            Assert.Contains("is from", text, StringComparison.Ordinal);
        }
        Assert.False((await McpAsking.CallAsync(client, "list_alerts", new { tenant = "rentguy" })).IsError);
    }

    [Fact]
    public async Task Changes_are_counted_and_end_where_they_are_told_to()
    {
        using var client = await OperatorAsync();
        var all = JsonElement.Parse(
            (await McpAsking.CallAsync(client, "recent_changes", new { tenant = "rentguy", hours = 720 })).Text
        );
        Assert.True(all.GetProperty("count").GetInt32() >= all.GetProperty("changes").GetArrayLength());
        Assert.True(all.GetProperty("count").GetInt32() > 0);
        var none = JsonElement.Parse(
            (
                await McpAsking.CallAsync(
                    client,
                    "recent_changes",
                    new
                    {
                        tenant = "rentguy",
                        hours = 720,
                        until = "2020-01-01T00:00:00Z",
                    }
                )
            ).Text
        );
        Assert.Equal(0, none.GetProperty("count").GetInt32());
        Assert.True(
            (await McpAsking.CallAsync(client, "recent_changes", new { tenant = "rentguy", until = "soon" })).IsError
        );
    }

    [Theory]
    [InlineData("list_findings", "platform", "findings", "severity", "kind")]
    [InlineData("list_objectives", "psra-ltsd", "objectives", "state", "state")]
    public async Task Answers_are_in_the_APIs_words_and_their_links_are_absolute(
        string tool,
        string tenant,
        string list,
        string one,
        string other
    )
    {
        using var client = await OperatorAsync();
        var answer = JsonElement.Parse((await McpAsking.CallAsync(client, tool, new { tenant })).Text);
        var items = answer.GetProperty(list).EnumerateArray().ToList();
        Assert.NotEmpty(items);
        Assert.All(
            items.SelectMany(item => new[] { item.GetProperty(one), item.GetProperty(other) }),
            word => Assert.True(char.IsAsciiLetterLower(word.GetString()![0]), word.GetString())
        );
        Assert.StartsWith($"http://{client.BaseAddress!.Authority}/tenants/", answer.GetProperty("link").GetString());
    }

    /// <summary>As on the API: a program that compares texts, or reads them strictly, meets one form.</summary>
    [Fact]
    public async Task Times_are_in_the_APIs_form_whatever_tool_tells_them()
    {
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        (string Tool, object Arguments, string Member)[] told =
        [
            ("list_containers", new { tenant = "rentguy" }, "startedAt"),
            ("list_releases", new { tenant = "rentguy" }, "at"),
            ("recent_changes", new { tenant = "rentguy", hours = 720 }, "at"),
            ("list_alerts", new { tenant = "rentguy", hours = 168 }, "since"),
            ("list_secrets", new { tenant = "rentguy" }, "dueAt"),
            ("rotation_calendar", new { tenant = "rentguy", days = 366 }, "at"),
            ("secret_accesses", new { tenant = "witcom", unusual = false }, "at"),
            ("recent_logs", new { tenant = "rentguy", service = "api" }, "at"),
            ("count_logs", new { tenant = "rentguy" }, "until"),
        ];
        foreach (var (tool, arguments, member) in told)
        {
            var (isError, text) = await McpAsking.CallAsync(client, tool, arguments);
            Assert.False(isError, text);
            Assert.Matches(
                $$"""
                "{{member}}":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
                """,
                text
            );
            Assert.DoesNotMatch(@"""\d{4}-\d\d-\d\dT[\d:.]+\+00:00""", text);
        }
    }

    [Theory]
    [InlineData("list_containers", """{"tenant":"nobody"}""", "There is no tenant \"nobody\" that you can see.")]
    [InlineData("list_releases", """{"tenant":"nobody"}""", "There is no tenant \"nobody\" that you can see.")]
    [InlineData("find_releases", """{"tenant":"rentguy","when":"soonish"}""", "can't be read as a time")]
    [InlineData(
        "find_releases",
        """{"tenant":"rentguy","when":"yesterday","timeZone":"Mars/Olympus"}""",
        "There is no time zone Mars/Olympus."
    )]
    [InlineData(
        "search_logs",
        """{"tenant":"rentguy","level":"loud"}""",
        "There is no level \"loud\". There are trace,"
    )]
    [InlineData("search_logs", """{"tenant":"rentguy","until":"soonish"}""", "\"soonish\" is none")]
    [InlineData("search_logs", """{"tenant":"rentguy","until":"2020-01-01"}""", "until lies before")]
    [InlineData(
        "query_metric",
        """{"tenant":"rentguy","service":"api","metric":"colour"}""",
        "There are cpu, memory, memoryShare, requestRate, errorShare, latencyP95,"
    )]
    [InlineData("get_reachability", """{"tenant":"rentguy","service":"nope"}""", "no service \"nope\"")]
    [InlineData("get_posture", """{"tenant":"rentguy","service":"nope"}""", "It has api, web, worker.")]
    [InlineData("list_releases", """{"tenant":"rentguy","service":"nope"}""", "No release is known")]
    [InlineData("find_releases", """{"tenant":"rentguy","when":"yesterday","service":"nope"}""", "No release is known")]
    [InlineData("rotation_calendar", """{"days":400}""", "is from 1 to 366")]
    [InlineData("rotation_calendar", """{"days":0}""", "is from 1 to 366")]
    public async Task What_stands_in_a_tools_way_is_an_error_of_the_call(string tool, string arguments, string words)
    {
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var (isError, text) = await McpAsking.CallAsync(client, tool, JsonElement.Parse(arguments));
        Assert.True(isError, text);
        Assert.Contains(words, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("get_posture", "", "services")]
    [InlineData("get_posture", "rentguy-api", "services")]
    [InlineData("get_posture", "API", "services")]
    [InlineData("get_reachability", "rentguy-api", "reached")]
    [InlineData("list_releases", "", null)]
    [InlineData("list_releases", "rentguy-api", null)]
    [InlineData("find_releases", "RentGuy-API", "services")]
    public async Task A_service_is_known_by_the_names_that_other_tools_take(string tool, string service, string? list)
    {
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var arguments = new Dictionary<string, string> { ["tenant"] = "rentguy", ["service"] = service };
        if (tool == "find_releases")
        {
            arguments["when"] = "yesterday";
        }
        var (isError, text) = await McpAsking.CallAsync(client, tool, arguments);
        Assert.False(isError, text);
        var answer = JsonElement.Parse(text);
        Assert.NotEqual(0, (list is null ? answer : answer.GetProperty(list)).GetArrayLength());
    }

    [Fact]
    public async Task The_gates_verdict_of_what_runs_is_told_with_its_reason()
    {
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var answer = JsonElement.Parse(
            (await McpAsking.CallAsync(client, "list_findings", new { tenant = "platform" })).Text
        );
        var images = answer.GetProperty("images").EnumerateArray().ToList();
        Assert.Contains(images, image => image.GetProperty("services")[0].GetString() == "claude-chat");
        Assert.All(
            images,
            image =>
            {
                Assert.Contains(image.GetProperty("verdict").GetString(), (string[])["allow", "deny", "unknown"]);
                Assert.NotEqual("", image.GetProperty("reason").GetString());
                Assert.NotEqual("", image.GetProperty("rule").GetString());
            }
        );
        // What would not pass stands first.
        string?[] verdicts = [.. images.Select(image => image.GetProperty("verdict").GetString())];
        Assert.Equal(verdicts.OrderBy(verdict => verdict == "allow"), verdicts);
    }

    [Fact]
    public async Task A_level_is_known_by_its_other_names_too()
    {
        using var client = await app.ApiAsAsync("operator");
        var (isError, text) = await McpAsking.CallAsync(
            client,
            "search_logs",
            new
            {
                tenant = "rentguy",
                level = "Warning",
                minutes = 600,
            }
        );
        Assert.False(isError, text);
        Assert.Equal(
            ["warn"],
            JsonElement
                .Parse(text)
                .GetProperty("lines")
                .EnumerateArray()
                .Select(line => line.GetProperty("level").GetString())
                .Distinct()
        );
    }
}
