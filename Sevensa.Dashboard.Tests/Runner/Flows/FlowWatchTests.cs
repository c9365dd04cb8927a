using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Flows;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>What of the connections is told, and when; and why not where they can't be read.</summary>
public sealed class FlowWatchTests : IDisposable
{
    private readonly string proc = Directory.CreateTempSubdirectory("proc-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly HostBook book = new();
    private readonly FakeEngine engine;

    public FlowWatchTests() => engine = new FakeEngine(time);

    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(proc, recursive: true);
    }

    private FlowWatch Watch() => new(engine, book, new NamespaceReader(proc), time);

    private ContainerFacts Add(string name, string address, int process, string mode = "shop")
    {
        var facts = engine.Add(
            name,
            facts =>
                facts with
                {
                    Settings = new ContainerSettings(false, mode, "", "", [], [], [], 0, 0, 0, []),
                    Isolation = new ContainerIsolation(
                        [],
                        [],
                        [],
                        "",
                        "",
                        "",
                        "",
                        0,
                        0,
                        [],
                        [],
                        false,
                        [],
                        [],
                        [new NetworkEndpoint("shop", "n1", [], address, "bridge", false, true)]
                    ),
                }
        );
        engine.Processes[facts.Id] = process;
        book.Put(facts);
        return facts;
    }

    private void Process(int process, string of, string tcp)
    {
        var folder = Directory.CreateDirectory(Path.Combine(proc, $"{process}", "net")).FullName;
        File.WriteAllText(Path.Combine(proc, $"{process}", "cgroup"), $"0::/system.slice/docker-{of}.scope\n");
        File.WriteAllText(Path.Combine(proc, $"{process}", "mountinfo"), "21 26 0:20 / /proc rw - proc proc rw\n");
        File.WriteAllText(Path.Combine(folder, "tcp"), tcp);
        File.WriteAllText(Path.Combine(folder, "route"), "");
    }

    /// <summary>172.20.0.2:40000 → 172.20.0.3, by the port in hex.</summary>
    private static string Connected(params string[] ports) =>
        string.Concat(ports.Select(port => $"0: 020014AC:9C40 030014AC:{port} 01 x\n"));

    [Fact]
    public void A_process_that_is_another_s_is_not_read_and_why_is_told()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, new string('0', 64), Connected("1538"));
        var report = Watch().Look();
        Assert.Empty(report.Flows);
        Assert.Equal((0, 2), (report.Read, report.NotRead));
        Assert.Contains("not seen from where the runner runs", report.Why, StringComparison.Ordinal);
        Process(41, api.Id, Connected("1538"));
        report = Watch().Look();
        Assert.Equal((1, 1), (report.Read, report.NotRead));
        Assert.Equal("5432/tcp", Assert.Single(report.Flows).Port);
    }

    [Fact]
    public void The_host_s_own_network_and_another_s_are_not_read_and_nothing_is_missed_with_them()
    {
        Add("agent", "", 41, "host");
        Add("side", "", 42, "container:abc");
        Add("shut", "", 43, "none");
        var report = Watch().Look();
        Assert.Equal((0, 0, 0, null), (report.Flows.Count, report.Read, report.NotRead, report.Why));
    }

    [Fact]
    public async Task What_is_new_is_told_and_what_goes_on_only_after_a_while()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, api.Id, Connected("1538"));
        Process(42, db.Id, "");
        var told = new List<FlowReport>();
        var takes = false;
        var watch = Watch();
        var began = time.GetUtcNow().ToUnixTimeMilliseconds();
        await LookAsync();
        Assert.Empty(told);
        takes = true;
        await LookAsync();
        var flow = Assert.Single(Assert.Single(told).Flows);
        Assert.Equal((api.Id, db.Id, "5432/tcp", began), (flow.From, flow.To, flow.Port, flow.FirstSeenUnixMs));
        Process(41, api.Id, Connected("1538", "0050"));
        await LookAsync();
        Assert.Equal("80/tcp", Assert.Single(told[1].Flows).Port);
        for (var looks = 0; looks < 10; looks++)
        {
            await LookAsync();
        }
        Assert.Equal(2, told.Count);
        for (var spent = TimeSpan.Zero; spent < SeenFlows.ToldAgain; spent += FlowWatch.Every)
        {
            await LookAsync();
        }
        Assert.Equal(["5432/tcp", "80/tcp"], told.Skip(2).SelectMany(report => report.Flows).Select(one => one.Port));

        async Task LookAsync()
        {
            await watch.TellOnceAsync(
                (report, _) =>
                {
                    if (takes)
                    {
                        told.Add(report);
                    }
                    return Task.FromResult(takes);
                },
                CancellationToken.None
            );
            time.Advance(FlowWatch.Every);
        }
    }

    [Fact]
    public void Who_tries_all_ports_takes_nobody_else_s_room()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, api.Id, Connected([.. Enumerable.Range(1, 200).Select(port => $"{port:X4}")]));
        Process(42, db.Id, "");
        var report = Watch().Look();
        Assert.Equal(SeenFlows.MostPortsOfTwo, report.Flows.Count);
        Assert.Contains("not told", report.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void So_many_are_kept_and_what_is_old_makes_room()
    {
        var seen = new SeenFlows();
        seen.See(Enumerable.Range(0, SeenFlows.Most + 1).Select(number => ($"c{number}", "db", "1/tcp")), 0);
        Assert.True(seen.HasMissed);
        var told = 0;
        while (seen.Due() is { Count: > 0 } due)
        {
            Assert.True(due.Count <= FlowReport.MostFlows);
            seen.Told(due);
            told += due.Count;
        }
        Assert.Equal(SeenFlows.Most, told);
        seen.See([("late", "db", "1/tcp")], (long)TimeSpan.FromHours(2).TotalMilliseconds);
        Assert.False(seen.HasMissed);
        Assert.Equal("late", Assert.Single(seen.Due()).From);
    }
}
