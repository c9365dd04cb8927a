using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.LangGraph;

/// <summary>
/// What the Sandbox's graphs did before anybody looked: one run that has ended, and one that waits for a person. Which one asks for an
/// action is left to whoever looks.
/// </summary>
internal static class LangGraphSeed
{
    /// <summary>Its name in the settings.</summary>
    public const string Server = "sandbox";

    private const string Tenant = "psra-ltsd";
    private const string Ended = "019ac000-0000-7000-8000-000000000001";
    private const string Waiting = "019ac000-0000-7000-8000-000000000002";

    public static IReadOnlyList<SeedThread> Filled(this LangGraphStandIn graphs, SimulatedFleet fleet)
    {
        var now = fleet.Time.GetUtcNow();
        return
        [
            Begun(graphs, Ended, VpsDecision.Report, "How do things stand this morning?", now.AddHours(-3)),
            Begun(graphs, Waiting, VpsDecision.Manager, "Customers say that it is slow", now.AddMinutes(-25)),
        ];
    }

    private static SeedThread Begun(LangGraphStandIn graphs, string id, string graph, string text, DateTimeOffset at)
    {
        var thread = graphs.Begun(id, graph, Tenant, text);
        return new SeedThread(
            id,
            Server,
            graph,
            Tenant,
            text,
            "Olivier Operator",
            at,
            [.. thread.Told().Select(told => new SeedStep(told.Node, told.Text))],
            thread.Open is [var asked] ? new SeedQuestion(asked.Id, asked.Value.ToJsonString()) : null,
            thread.Said
        );
    }
}
