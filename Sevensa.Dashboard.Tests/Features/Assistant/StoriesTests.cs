using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Story;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The story of a service is told by code from whatever can be had.</summary>
public sealed class StoriesTests
{
    [Fact]
    public async Task It_names_moment_release_and_figures_and_what_it_offers_can_be_proposed()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var story = await StoryAsync(client, "tenant=rentguy&service=api");
        var moment = story.GetProperty("moment");
        Assert.Equal("latencyP95", moment.GetProperty("metric").GetString());
        var at = moment.GetProperty("at").GetDateTimeOffset();
        // The Sandbox's deploy of yesterday, ten past four.
        var deploy = new DateTimeOffset(at.UtcDateTime.Date.AddHours(16).AddMinutes(10), TimeSpan.Zero);
        Assert.InRange((at - deploy).TotalMinutes, -15, 45);
        Assert.True(moment.GetProperty("factor").GetDouble() > 2, moment.ToString());
        var release = story.GetProperty("release");
        Assert.Contains("rentguy-api", release.GetProperty("image").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(release.GetProperty("differences").EnumerateArray());
        Assert.Equal(
            ["latencyP95", "errorShare", "memoryShare", "cpu", "requestRate"],
            story.GetProperty("figures").EnumerateArray().Select(one => one.GetProperty("metric").GetString())
        );
        Assert.All(
            story.GetProperty("figures").EnumerateArray(),
            one =>
            {
                Assert.Equal(one.GetProperty("times").GetArrayLength(), one.GetProperty("values").GetArrayLength());
                Assert.True(one.GetProperty("before").GetDouble() >= 0);
                Assert.StartsWith("/tenants/rentguy/explore?query=", one.GetProperty("link").GetString());
            }
        );
        Assert.Contains(
            story.GetProperty("patterns").EnumerateArray(),
            one => one.GetProperty("pattern").GetString()!.Contains("heap above", StringComparison.Ordinal)
        );
        var said = story.GetProperty("sentence").GetString()!;
        Assert.Contains("p95 latency went from", said, StringComparison.Ordinal);
        Assert.Contains("went live at", said, StringComparison.Ordinal);

        var offered = story.GetProperty("proposals")[0];
        Assert.Equal("service.rollback", offered.GetProperty("kind").GetString());
        using var proposed = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = offered.GetProperty("kind").GetString(),
                tenant = offered.GetProperty("tenant").GetString(),
                target = offered.GetProperty("target").GetString(),
                parameters = offered.GetProperty("parameters"),
                reason = offered.GetProperty("reason").GetString(),
                evidence = Array.Empty<object>(),
            }
        );
        Assert.True(
            proposed.StatusCode == HttpStatusCode.Created,
            await proposed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        // Without a service it is the one that stands out, and a container's name is as good as the service's.
        Assert.Equal("api", (await StoryAsync(client, "tenant=rentguy")).GetProperty("service").GetString());
        Assert.Equal(
            "api",
            (await StoryAsync(client, "tenant=rentguy&service=rentguy-api")).GetProperty("service").GetString()
        );
        var watch = Stopwatch.StartNew();
        await StoryAsync(client, "tenant=rentguy&service=api");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), $"{watch.Elapsed} for one story");
    }

    [Fact]
    public async Task What_can_t_be_asked_is_said_and_the_rest_stands()
    {
        await using var app = new ConfiguredApp(
            ("Prometheus:Url", "http://127.0.0.1:9"),
            ("Alertmanager:Url", "http://127.0.0.1:9")
        );
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        var story = await StoryAsync(client, "tenant=rentguy&service=api");
        var part = Part(story, "figures");
        Assert.Equal("failed", part.GetProperty("state").GetString());
        Assert.Equal("Prometheus", part.GetProperty("upstream").GetProperty("name").GetString());
        // What to do is said once.
        Assert.Equal(2, part.GetProperty("note").GetString()!.Split("Check that it runs").Length);
        Assert.Contains("can't be read", story.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "The newest is",
            Part(story, "release").GetProperty("note").GetString(),
            StringComparison.Ordinal
        );
        Assert.NotEqual("failed", Part(story, "patterns").GetProperty("state").GetString());
        Assert.Empty(story.GetProperty("figures").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, story.GetProperty("moment").ValueKind);
    }

    [Fact]
    public async Task Without_log_lines_the_figures_stand()
    {
        await using var app = new ConfiguredApp(("Loki:Url", "http://127.0.0.1:9"));
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("viewer");
        var story = await StoryAsync(client, "tenant=rentguy&service=api");
        Assert.Equal("failed", Part(story, "patterns").GetProperty("state").GetString());
        Assert.Equal("found", Part(story, "figures").GetProperty("state").GetString());
        Assert.Equal("found", Part(story, "release").GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("tenant=nobody", 404)]
    [InlineData("tenant=rentguy&service=nothing", 404)]
    [InlineData("service=api", 400)]
    [InlineData("tenant=rentguy&hours=0", 400)]
    [InlineData("tenant=rentguy&hours=soon", 400)]
    public async Task What_is_not_there_is_said(string query, int status)
    {
        await using var app = await ConfiguredApp.StartAsync();
        using var client = await app.ApiAsAsync("viewer");
        using var answer = await client.GetAsync($"/api/v1/stories?{query}");
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task An_answer_to_why_leads_to_it_with_a_model_and_without()
    {
        await using var app = new SandboxApp();
        await app.InitializeAsync();
        await app.FleetIsKnownAsync();
        using var client = await app.ApiAsAsync("operator");
        foreach (var question in (string[])["Why is the RentGuy API slow?", "/why rentguy-api"])
        {
            var told = await Asking.AskAsync(client, question);
            Assert.Contains(
                told.Events,
                one =>
                    one.Type == "citation"
                    && one.Data.GetProperty("link").GetString() == "/tenants/rentguy/story?service=api"
            );
        }
    }

    [Fact]
    public void A_step_is_told_from_a_spike_a_slope_s_begin_and_the_rhythm_of_days()
    {
        var times = Enumerable.Range(0, 288).Select(at => at * 600.0).ToArray();
        double[] Of(Func<int, double> value) => [.. Enumerable.Range(0, 288).Select(value)];

        var step = FigureSteps.In(times, Of(at => at < 200 ? 0.1 : 0.4), 0.02);
        Assert.Equal(200 * 600, step!.At);
        Assert.Equal(4, step.Factor!.Value, 3);
        // It climbs for six points: the moment is where that begins.
        var slope = FigureSteps.In(times, Of(at => at < 200 ? 0.1 : Math.Min(0.4, 0.1 + ((at - 199) * 0.05))), 0.02);
        Assert.InRange(slope!.At, 199 * 600, 201 * 600);
        Assert.Null(FigureSteps.In(times, Of(at => at is 150 or 151 ? 4 : 0.1), 0.02));
        Assert.Null(FigureSteps.In(times, Of(_ => 0.1), 0.02));
        Assert.Null(FigureSteps.In(times, Of(at => at < 200 ? 0.4 : 0.1), 0.02));
        Assert.NotNull(FigureSteps.In(times, Of(at => at < 200 ? 0.4 : 0.1), 0.02, down: true));
        // As many by day as the day before.
        Assert.Null(FigureSteps.In(times, Of(at => at % 144 is > 50 and < 120 ? 0.4 : 0.1), 0.02));
        Assert.Null(FigureSteps.In(times, [.. times.Select(_ => double.NaN)], 0.02));
    }

    private static async Task<JsonElement> StoryAsync(HttpClient client, string query)
    {
        using var answer = await client.GetAsync($"/api/v1/stories?{query}");
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static JsonElement Part(JsonElement story, string name) =>
        story.GetProperty("parts").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
}
