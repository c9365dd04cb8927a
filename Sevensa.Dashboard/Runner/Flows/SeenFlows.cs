namespace Sevensa.Dashboard.Runner.Flows;

/// <summary>What was seen of late, and what of it the dashboard has been told. Not for several threads at once.</summary>
internal sealed class SeenFlows
{
    /// <summary>Of one tenant so many at once; what comes beyond is not told, and that is.</summary>
    public const int Most = 2000;

    /// <summary>Whoever tries one port after the other takes nobody else's room.</summary>
    public const int MostPortsOfTwo = 50;

    /// <summary>What goes on is told again after so long.</summary>
    public static readonly TimeSpan ToldAgain = TimeSpan.FromMinutes(15);

    /// <summary>What was not seen for so long is forgotten here; the dashboard keeps it.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    private readonly Dictionary<(string From, string To, string Port), Seen> flows = [];
    private readonly HashSet<string> missed = new(StringComparer.Ordinal);

    private sealed class Seen
    {
        public required string Owner { get; init; }
        public required long First { get; init; }
        public long Last { get; set; }
        public long? Told { get; set; }

        /// <summary>A dashboard has it, whether or not it is to be told anew.</summary>
        public bool WasTold { get; set; }
    }

    /// <summary>Some are not among these, since there is no room.</summary>
    public bool HasMissed { get; private set; }

    /// <summary>Ends of those that are not among these, or were forgotten before a dashboard took them.</summary>
    public IReadOnlySet<string> Missed => missed;

    /// <param name="found">All that is there at a look.</param>
    /// <param name="ownerOf">Whose room a flow takes; all have one when it is left out.</param>
    public void See(
        IEnumerable<(string From, string To, string Port)> found,
        long now,
        Func<(string From, string To, string Port), string>? ownerOf = null
    )
    {
        missed.Clear();
        foreach (var old in flows.Where(flow => now - flow.Value.Last > Kept.TotalMilliseconds).ToList())
        {
            flows.Remove(old.Key);
            if (!old.Value.WasTold)
            {
                Miss(old.Key);
            }
        }
        HasMissed = false;
        var rooms = flows.Values.CountBy(flow => flow.Owner).ToDictionary(StringComparer.Ordinal);
        var ports = flows.Keys.CountBy(flow => (flow.From, flow.To)).ToDictionary();
        foreach (var flow in found)
        {
            if (flows.TryGetValue(flow, out var known))
            {
                known.Last = now;
                continue;
            }
            var owner = ownerOf?.Invoke(flow) ?? "";
            var ofOwner = rooms.GetValueOrDefault(owner);
            var ofTwo = ports.GetValueOrDefault((flow.From, flow.To));
            if (ofOwner >= Most || ofTwo >= MostPortsOfTwo)
            {
                HasMissed = true;
                Miss(flow);
                continue;
            }
            rooms[owner] = ofOwner + 1;
            ports[(flow.From, flow.To)] = ofTwo + 1;
            flows[flow] = new Seen
            {
                Owner = owner,
                First = now,
                Last = now,
            };
        }
    }

    private void Miss((string From, string To, string Port) flow)
    {
        missed.Add(flow.From);
        missed.Add(flow.To);
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
                (seen.Told, seen.WasTold) = (flow.LastSeenUnixMs, true);
            }
        }
    }
}
