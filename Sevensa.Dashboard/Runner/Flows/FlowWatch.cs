using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>
/// Looks now and then at who is connected with whom, as long as a dashboard takes it, and tells what is new. A connection leaves
/// its traces in the tables for a minute, so that a look each half minute misses hardly any.
/// </summary>
internal sealed class FlowWatch(IDockerEngine engine, HostBook book, NamespaceReader reader, TimeProvider time)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private readonly SeenFlows seen = new();
    private readonly AddressBook addresses = new();
    private readonly LookedServices looks = new();

    // The same list as long as it says the same, so that it is not news.
    private IReadOnlyList<LookedContainer> looked = [];
    private FlowReport? before;

    /// <summary>Looks and tells until cancelled.</summary>
    /// <param name="tell">Whether the dashboard has taken it; what it has not is told again at the next look.</param>
    public async Task TellAsync(Func<FlowReport, CancellationToken, Task<bool>> tell, CancellationToken cancellation)
    {
        // A dashboard that is connected to anew may know nothing.
        before = null;
        seen.Untold();
        while (true)
        {
            await TellOnceAsync(tell, cancellation);
            await Task.Delay(Every, time, cancellation);
        }
    }

    /// <summary>One look, and what is to be told of it.</summary>
    public async Task TellOnceAsync(
        Func<FlowReport, CancellationToken, Task<bool>> tell,
        CancellationToken cancellation
    )
    {
        var report = LookSafely();
        while (report.Flows.Count > 0 || before is null || report != (before with { Flows = report.Flows }))
        {
            if (!await tell(report, cancellation))
            {
                return;
            }
            before = report;
            seen.Told(report.Flows);
            report = report with { Flows = seen.Due() };
        }
    }

    /// <summary>What nobody foresaw in a table costs these flows, and not the connection to the dashboard.</summary>
    private FlowReport LookSafely()
    {
        try
        {
            return Look();
        }
        catch (Exception exception)
        {
            return new FlowReport(
                [],
                0,
                book.Containers.Count,
                $"The tables of connections could not be worked with: {exception.Message}"
            );
        }
    }

    /// <summary>One look.</summary>
    /// <returns>What is to be told of it.</returns>
    public FlowReport Look()
    {
        var running = book.Containers.Where(container => container.State is "running" or "paused").ToList();
        var read = new List<ReadContainer>();
        Hindrance? hindrance = null;
        // Those of the host's network, and of another's, have no tables of their own that could be told apart.
        var own = running.Where(HasNamespace).ToList();
        var sure = new List<ContainerFacts>();
        foreach (var container in own)
        {
            var (tables, found) = reader.Read(container.Id, engine.ProcessOf(container.Id));
            if (tables is not null)
            {
                read.Add(new ReadContainer(container, tables));
            }
            if (tables is not null || found == Hindrance.Shut)
            {
                sure.Add(container);
            }
            hindrance ??= found;
        }
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var owners = running.ToDictionary(container => container.Id, container => container.Tenant ?? "");
        seen.See(
            FlowReading.Of(
                sure,
                read,
                running.ExceptBy(sure.Select(one => one.Id), one => one.Id),
                addresses,
                now,
                reader.Tracked()
            ),
            now,
            flow => owners.TryGetValue(flow.From, out var owner) ? owner : owners.GetValueOrDefault(flow.To, "")
        );
        var lookedNow = Looked(own, read, now);
        if (!lookedNow.SequenceEqual(looked))
        {
            looked = lookedNow;
        }
        return new FlowReport(seen.Due(), read.Count, own.Count - read.Count, Why(hindrance, read.Count > 0), looked);
    }

    /// <summary>Without those of a table that was too long, and of flows that had no room.</summary>
    private IReadOnlyList<LookedContainer> Looked(
        IReadOnlyList<ContainerFacts> own,
        IReadOnlyList<ReadContainer> read,
        long now
    ) =>
        looks.See(
            own,
            read.Select(one => one.Facts.Id).ToHashSet(StringComparer.Ordinal),
            read.Where(one => one.Tables.Connections.IsCut)
                .Select(one => one.Facts.Id)
                .Concat(seen.Missed)
                .ToHashSet(StringComparer.Ordinal),
            now
        );

    private static bool HasNamespace(ContainerFacts container) =>
        container.Settings?.NetworkMode is { } mode
        && mode is not ("host" or "none")
        && !mode.StartsWith("container:", StringComparison.Ordinal);

    private string? Why(Hindrance? hindrance, bool anyRead) =>
        hindrance switch
        {
            Hindrance.NotHere when anyRead =>
                "Some containers began or ended while their connections were read; they are looked at again.",
            Hindrance.NotHere =>
                "The processes of containers are not seen from where the runner runs: the engine is another machine's, the runner is in a container without the host's processes (--pid=host), or its service hides those of others (ProtectProc=default shows them).",
            Hindrance.Denied or Hindrance.Shut =>
                "The system does not let the runner read the connection tables of containers (/proc/PID/net/tcp); let it run as root, or with the right to read them.",
            _ when seen.HasMissed =>
                $"More than {SeenFlows.Most} different connections of one tenant, or more than {SeenFlows.MostPortsOfTwo} ports between two, were seen within an hour; what is beyond is not told.",
            _ => null,
        };
}
