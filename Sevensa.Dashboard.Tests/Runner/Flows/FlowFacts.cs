using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner.Flows;

/// <summary>Containers on one network, as those are known who are looked at for connections.</summary>
internal static class FlowFacts
{
    /// <summary>One that runs as this process and has this address.</summary>
    public static ContainerFacts AddOnShop(
        this FakeEngine engine,
        HostBook book,
        string name,
        string address,
        int process,
        string mode = "shop"
    )
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
}
