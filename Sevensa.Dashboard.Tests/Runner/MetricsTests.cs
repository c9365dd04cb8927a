using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Metrics;

namespace Sevensa.Dashboard.Tests.Runner;

public class MetricsTests
{
    private static HostBook Book(params ContainerFacts[] containers)
    {
        var book = new HostBook();
        foreach (var container in containers)
        {
            book.Put(container);
            if (container.State == "running")
            {
                book.Put(Samples.Reading(container.Id, DateTimeOffset.FromUnixTimeSeconds(1_700_000_500)));
            }
        }
        return book;
    }

    [Theory]
    [InlineData("container_cpu_usage_seconds_total{", ",cpu=\"total\"} 1.5")]
    [InlineData("container_memory_working_set_bytes{", "} 2000")]
    [InlineData("container_memory_usage_bytes{", "} 3000")]
    [InlineData("container_spec_memory_limit_bytes{", "} 268435456")]
    [InlineData("container_network_receive_bytes_total{", ",interface=\"eth0\"} 10")]
    [InlineData("container_network_transmit_bytes_total{", ",interface=\"eth0\"} 20")]
    [InlineData("container_fs_reads_bytes_total{", ",device=\"8:0\"} 30")]
    [InlineData("container_fs_writes_bytes_total{", ",device=\"8:0\"} 40")]
    [InlineData("container_last_seen{", "} 1700000500")]
    [InlineData("container_start_time_seconds{", "} 1700000100")]
    [InlineData("container_restarts_total{", "} 4")]
    [InlineData("container_health{", "} 1")]
    public void Every_figure_is_there_in_cadvisors_name_and_unit(string start, string end)
    {
        var container = Samples.Container("rentguy-api-1") with { Health = "healthy", RestartCount = 4 };
        var text = new ContainerMetrics("vps-1", Book(container)).Text();
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith(start, StringComparison.Ordinal));
        Assert.EndsWith(end, line, StringComparison.Ordinal);
        Assert.Contains(
            $"id=\"/docker/{container.Id}\",name=\"rentguy-api-1\",image=\"rentguy/api:2.4.1\",tenant=\"rentguy\",service=\"api\",host=\"vps-1\",container_label_sevensa_service=\"api\",container_label_sevensa_tenant=\"rentguy\"",
            line,
            StringComparison.Ordinal
        );
        var name = start.TrimEnd('{');
        Assert.Contains($"# HELP {name} ", text, StringComparison.Ordinal);
        Assert.Contains(
            $"# TYPE {name} {(name.EndsWith("_total", StringComparison.Ordinal) ? "counter" : "gauge")}\n",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Each_family_is_told_once_and_its_samples_follow_it()
    {
        var text = new ContainerMetrics("h", Book(Samples.Container("a"), Samples.Container("b"))).Text();
        var families = text.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.Equal(families.Distinct(), families);
        string? family = null;
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            family = line.StartsWith("# TYPE ", StringComparison.Ordinal) ? line.Split(' ')[2] : family;
            Assert.True(line[0] == '#' || line.StartsWith(family + "{", StringComparison.Ordinal), line);
        }
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_is_absent_not_zero()
    {
        var stopped = Samples.Container("a") with { State = "exited", Health = "none" };
        var text = new ContainerMetrics("h", Book(stopped)).Text();
        Assert.DoesNotContain("container_cpu_usage_seconds_total{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("container_health{", text, StringComparison.Ordinal);
        Assert.Contains("container_restarts_total{", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_are_escaped()
    {
        var odd = Samples.Container("a") with
        {
            Labels = new Dictionary<string, string> { ["sevensa.note-1"] = "a \"b\" \\ c\nd" },
        };
        Assert.Contains(
            """container_label_sevensa_note_1="a \"b\" \\ c\nd"}""",
            new ContainerMetrics("h", Book(odd)).Text(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task With_a_token_only_who_bears_it_is_answered()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "s3cret\n");
        var time = new FakeTimeProvider();
        var pace = new UsagePace(time);
        using var ending = new CancellationTokenSource();
        var next = pace.NextAsync(time.GetTimestamp(), ending.Token);
        await using var server = await MetricsServer.StartAsync(
            new RunnerOptions { Metrics = "127.0.0.1:0", MetricsTokenFile = file },
            Book(Samples.Container("a")),
            pace,
            time
        );
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/metrics")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cre");
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/metrics")).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret");
        var answer = await http.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.Content.Headers.ContentType!.MediaType);
        Assert.Contains(
            "container_memory_working_set_bytes{",
            await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/")).StatusCode);
        await ending.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        File.Delete(file);
    }
}
