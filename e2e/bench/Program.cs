using Sevensa.Dashboard.Bench;

// One row per bench; its name is what the filter on the command line is matched with.
IBench[] all =
[
    new StartAndIdle(),
    new RestartOverhead("restart", TimeSpan.Zero),
    // Longer than a runner keeps its connection to an engine that it does not ask.
    new RestartOverhead("restart-quiet", TimeSpan.FromSeconds(80)),
    new PromQlRate(),
    new ScopedQueries(),
    new Viewers(),
    new ChartDrawing(),
    new DispatchLatency(),
    new FleetAtScale(),
    new RotationOverhead(),
    new LeasePages(),
    new AnswersOnThePage(),
    new Conversations(),
];

all = [.. all, new LogPages(), new LogTail(), new LogScroll(), new LogDownloads()];

all = [.. all, new PostureAndReach()];

all = [.. all, new PolicyLooks(), new PolicyBacktests(), new PolicyDispatch()];

all = [.. all, new ReceiverLoad(), new McpCalls()];

all = [.. all, new ForwardAuthRate(), new TokenRate(), new PermissionChecks(), new OpenCircuits()];

all = [.. all, new InstanceLooks(), new PlaceMoves()];

all = [.. all, new ClusterAtScale()];

// Another build of the program, for benches that are held against it.
var former = args.FirstOrDefault(a => a.StartsWith("--baseline=", StringComparison.Ordinal))?["--baseline=".Length..];
all = [.. all, new RunnerIdle(former), new ScanReports(former), new SecretAges(former), new IdleCpu(former)];
all = [.. all, new FindingLists(args.Contains("--postgres"))];

var filter = args.FirstOrDefault(a => !a.StartsWith("--", StringComparison.Ordinal)) ?? "";
var rounds = args.FirstOrDefault(a => a.StartsWith("--rounds=", StringComparison.Ordinal)) is { } given
    ? int.Parse(given["--rounds=".Length..], System.Globalization.CultureInfo.InvariantCulture)
    : 7;
var chosen = all.Where(bench => bench.Name == filter).ToArray();
if (chosen.Length == 0)
    chosen = [.. all.Where(bench => bench.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
if (chosen.Length == 0)
{
    Console.Error.WriteLine(
        $"No bench is named like “{filter}”. There are: {string.Join(", ", all.Select(b => b.Name))}"
    );
    return 2;
}

var measures = new List<Measure>();
foreach (var bench in chosen)
{
    Console.Error.WriteLine($"{bench.Name} …");
    measures.AddRange(await bench.RunAsync(rounds));
}

var table = Table.Of(measures);
Console.WriteLine(table);
await File.WriteAllTextAsync(Path.Combine(Sevensa.Dashboard.E2E.Fixtures.Workspace.Artifacts, "bench.md"), table);
return measures.TrueForAll(measure => measure.Holds) ? 0 : 1;
