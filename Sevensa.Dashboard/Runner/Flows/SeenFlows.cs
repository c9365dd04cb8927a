namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>What was seen of late, and what of it the dashboard has been told. Not for several threads at once.</summary>
internal sealed class SeenFlows
{
    /// <summary>Of so many at once; what comes beyond is not told, and that is.</summary>
    public const int Most = 2000;

    /// <summary>Whoever tries one port after the other takes nobody else's room.</summary>
    public const int MostPortsOfTwo = 50;

    /// <summary>What goes on is told again after so long.</summary>
    public static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(15);

    /// <summary>What was not seen for so long is forgotten here; the dashboard keeps it.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Dictionary<(string From, string To, string Port), Seen> flows = [];

    private sealed class Seen
    {
        public required long First { get; init; }
        public long Last { get; set; }
        public long? Told { get; set; }
    }

    /// <summary>Some are not among these, since there is no room.</summary>
    public bool HasMissed { get; private set; }

    /// <param name="found">All that is there at a look.</param>
    public void See(IEnumerable<(string From, string To, string Port)> found, long now)
    {
        foreach (var old in flows.Where(flow => now - flow.Value.Last > Kept.TotalMilliseconds).ToList())
        {
            flows.Remove(old.Key);
        }
        HasMissed = false;
        var ports = flows.Keys.CountBy(flow => (flow.From, flow.To)).ToDictionary();
        foreach (var flow in found)
        {
            if (flows.TryGetValue(flow, out var known))
            {
                known.Last = now;
                continue;
            }
            var ofTwo = ports.GetValueOrDefault((flow.From, flow.To));
            if (flows.Count >= Most || ofTwo >= MostPortsOfTwo)
            {
                HasMissed = true;
                continue;
            }
            ports[(flow.From, flow.To)] = ofTwo + 1;
            flows[flow] = new Seen { First = now, Last = now };
        }
    }

    /// <summary>All is to be told anew.</summary>
    public void Untold()
    {
        foreach (var seen in flows.Values)
        {
            seen.Told = null;
        }
    }

    /// <summary>What is new, and what goes on and was told long ago; no more than a message takes.</summary>
    public IReadOnlyList<ObservedFlow> Due() =>
        [
            .. flows
                .Where(flow => flow.Value.Told is not { } told || flow.Value.Last - told >= ToldAgain.TotalMilliseconds)
                .Take(FlowReport.MostFlows)
                .Select(flow => new ObservedFlow(
                    flow.Key.From,
                    flow.Key.To,
                    flow.Key.Port,
                    flow.Value.First,
                    flow.Value.Last
                )),
        ];

    /// <summary>The dashboard has these.</summary>
    public void Told(IEnumerable<ObservedFlow> told)
    {
        foreach (var flow in told)
        {
            if (flows.TryGetValue((flow.From, flow.To, flow.Port), out var seen))
            {
                seen.Told = flow.LastSeenUnixMs;
            }
        }
    }
}
