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

    private ContainerFacts Add(string name, string address, int process, string mode = "shop") =>
        engine.AddOnShop(book, name, address, process, mode);

    /// <param name="addresses">That the kernel says it has; none: it does not tell.</param>
    private void Process(int process, string of, string tcp, params string[] addresses)
    {
        var folder = Directory.CreateDirectory(Path.Combine(proc, $"{process}", "net")).FullName;
        File.WriteAllText(Path.Combine(proc, $"{process}", "cgroup"), $"0::/system.slice/docker-{of}.scope\n");
        File.WriteAllText(Path.Combine(proc, $"{process}", "mountinfo"), "21 26 0:20 / /proc rw - proc proc rw\n");
        File.WriteAllText(Path.Combine(folder, "tcp"), tcp);
        File.WriteAllText(Path.Combine(folder, "route"), "");
        if (addresses.Length > 0)
        {
            File.WriteAllText(
                Path.Combine(folder, "fib_trie"),
                $"Main:\n{string.Concat(addresses.Select(address => $"     |-- {address}\n        /32 host LOCAL\n"))}"
            );
        }
    }

    /// <summary>172.20.0.2:40000 → 172.20.0.3, by the port in hex.</summary>
    private static string Connected(params string[] ports) =>
        string.Concat(ports.Select(port => $"0: 020014AC:9C40 030014AC:{port} 01 x\n"));

    [Fact]
    public void A_process_that_is_another_s_is_not_read_and_why_is_told()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, new string('0', 64), Connected("1538"));
        var report = Watch().Look();
        Assert.Empty(report.Flows);
        Assert.Equal((0, 2), (report.Read, report.NotRead));
        Assert.Contains("not seen from where the runner runs", report.Why, StringComparison.Ordinal);
        Process(41, api.Id, Connected("1538"));
        report = Watch().Look();
        Assert.Equal((1, 1), (report.Read, report.NotRead));
        // The other one may have ended: who has its address now is not known.
        Assert.Empty(report.Flows);
        Process(42, db.Id, "");
        report = Watch().Look();
        Assert.Equal((2, 0), (report.Read, report.NotRead));
        Assert.Equal((db.Id, "5432/tcp"), (Assert.Single(report.Flows).To, report.Flows[0].Port));
    }

    [Fact]
    public void An_address_is_whose_it_is_at_the_look_and_not_who_had_it_when_docker_was_asked()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        var cache = Add("rentguy-cache-1", "172.20.0.4", 43);
        Process(41, api.Id, Connected("1538"), "172.20.0.2");
        Process(42, db.Id, "", "172.20.0.9");
        Process(43, cache.Id, "", "172.20.0.3");
        Assert.Equal(cache.Id, Assert.Single(Watch().Look().Flows).To);
    }

    [Fact]
    public void What_is_left_of_a_connection_with_who_had_an_address_is_not_its_next_holder_s()
    {
        // Port 5432 was left open by this end alone, 80 has ended.
        const string left = "0: 020014AC:9C40 030014AC:1538 08 x\n";
        const string over = "1: 020014AC:9C41 030014AC:0050 06 x\n";
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, api.Id, left, "172.20.0.2");
        Process(42, db.Id, "", "172.20.0.3");
        var watch = Watch();
        Assert.Equal([(db.Id, "5432/tcp")], Seen());
        time.Advance(FlowWatch.Every);
        book.Remove(db.Id);
        var cache = Add("rentguy-cache-1", "172.20.0.3", 43);
        Process(41, api.Id, left + over, "172.20.0.2");
        Process(43, cache.Id, "", "172.20.0.3");
        Assert.Equal([(db.Id, "5432/tcp")], Seen());
        // What is its own is in its own table.
        time.Advance(FlowWatch.Every);
        Process(43, cache.Id, "0: 030014AC:18EB 020014AC:9C42 01 x\n", "172.20.0.3");
        Assert.Equal([(db.Id, "5432/tcp"), (cache.Id, "6379/tcp")], Seen());
        // After some minutes the kernel has forgotten all that ended before.
        time.Advance(FlowWatch.Every * 4);
        Assert.Equal([(db.Id, "5432/tcp"), (cache.Id, "6379/tcp"), (cache.Id, "80/tcp")], Seen());

        (string To, string Port)[] Seen() => [.. watch.Look().Flows.Select(flow => (flow.To, flow.Port))];
    }

    [Fact]
    public void What_both_tables_have_is_theirs_though_both_addresses_were_others_before()
    {
        var (api, db) = (Add("rentguy-api-1", "172.20.0.2", 41), Add("rentguy-db-1", "172.20.0.3", 42));
        Process(41, api.Id, "", "172.20.0.2");
        Process(42, db.Id, "", "172.20.0.3");
        var watch = Watch();
        Assert.Empty(watch.Look().Flows);
        time.Advance(FlowWatch.Every);
        book.Remove(api.Id);
        book.Remove(db.Id);
        (api, db) = (Add("rentguy-api-2", "172.20.0.2", 43), Add("rentguy-db-2", "172.20.0.3", 44));
        Process(43, api.Id, Connected("1538"), "172.20.0.2");
        Process(44, db.Id, "0: 030014AC:1538 020014AC:9C40 01 x\n", "172.20.0.3");
        var flow = Assert.Single(watch.Look().Flows);
        Assert.Equal((api.Id, db.Id, "5432/tcp"), (flow.From, flow.To, flow.Port));
    }

    [Fact]
    public void Since_when_a_service_is_looked_at_is_told_and_a_gap_begins_it_anew()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        Process(41, api.Id, "");
        var watch = Watch();
        var began = time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal([new LookedContainer(api.Id, began)], watch.Look().Looked!);
        // Another takes its place, and is not there yet at the first look.
        time.Advance(FlowWatch.Every);
        book.Remove(api.Id);
        var next = Add("rentguy-api-2", "172.20.0.2", 43);
        watch.Look();
        time.Advance(FlowWatch.Every);
        Process(43, next.Id, "");
        Assert.Equal([new LookedContainer(next.Id, began)], watch.Look().Looked!);
        Process(43, new string('0', 64), "");
        time.Advance(LookedServices.LongestGap * 2);
        Assert.Empty(watch.Look().Looked!);
        Process(43, next.Id, "");
        Assert.Equal([new LookedContainer(next.Id, time.GetUtcNow().ToUnixTimeMilliseconds())], watch.Look().Looked!);
    }

    [Fact]
    public void Whose_flows_have_no_room_is_not_said_to_be_looked_at()
    {
        var api = Add("rentguy-api-1", "172.20.0.2", 41);
        var db = Add("rentguy-db-1", "172.20.0.3", 42);
        Process(41, api.Id, Connected([.. Enumerable.Range(1, 200).Select(port => $"{port:X4}")]));
        Process(42, db.Id, "");
        Assert.Empty(Watch().Look().Looked!);
    }

    [Fact]
    public void What_was_forgotten_before_a_dashboard_took_it_was_missed()
    {
        var seen = new SeenFlows();
        seen.See([("api", "db", "1/tcp")], 0);
        seen.See([], (long)TimeSpan.FromHours(2).TotalMilliseconds);
        Assert.Equal(["api", "db"], seen.Missed.Order(StringComparer.Ordinal));
        seen.See([("api", "db", "1/tcp")], 0);
        seen.Told(seen.Due());
        seen.Untold();
        seen.See([], (long)TimeSpan.FromHours(2).TotalMilliseconds);
        Assert.Empty(seen.Missed);
    }

    [Fact]
    public void A_tenant_s_noise_takes_nobody_else_s_room()
    {
        var seen = new SeenFlows();
        seen.See(
            Enumerable.Range(0, SeenFlows.Most + 1).Select(number => ($"c{number}", "db", "1/tcp")),
            0,
            _ => "noisy"
        );
        Assert.True(seen.HasMissed);
        Assert.Equal([$"c{SeenFlows.Most}", "db"], seen.Missed.Order(StringComparer.Ordinal));
        seen.See([("api", "web", "1/tcp")], 0, _ => "quiet");
        Assert.False(seen.HasMissed);
        Assert.Empty(seen.Missed);
        var told = new List<string>();
        while (seen.Due() is { Count: > 0 } due)
        {
            seen.Told(due);
            told.AddRange(due.Select(flow => flow.From));
        }
        Assert.Equal(SeenFlows.Most + 1, told.Count);
        Assert.Contains("api", told);
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
