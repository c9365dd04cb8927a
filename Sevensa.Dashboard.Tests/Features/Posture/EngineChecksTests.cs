using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Features.Posture;

/// <summary>What Docker says of itself, held against the items about engines.</summary>
public class EngineChecksTests
{
    private const string Plain = """
        {"SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"], "LiveRestoreEnabled": false,
         "LoggingDriver": "json-file", "Plugins": {"Authorization": null}, "Swarm": {"LocalNodeState": "inactive"},
         "ExperimentalBuild": false,
         "RegistryConfig": {"InsecureRegistryCIDRs": ["127.0.0.0/8", "::1/128"], "IndexConfigs": {"docker.io": {"Secure": true}}}}
        """;

    [Theory]
    [InlineData("2.1", "{}", CheckState.Fail)]
    [InlineData("2.1", """{"SecurityOptions": ["name=rootless"]}""", CheckState.Pass)]
    [InlineData("2.5", "{}", CheckState.Pass)]
    [InlineData(
        "2.5",
        """{"RegistryConfig": {"IndexConfigs": {"registry:5000": {"Secure": false}}}}""",
        CheckState.Fail
    )]
    [InlineData("2.5", """{"RegistryConfig": {"InsecureRegistryCIDRs": ["10.0.0.0/8"]}}""", CheckState.Fail)]
    [InlineData("2.9", "{}", CheckState.Fail)]
    [InlineData("2.9", """{"SecurityOptions": ["name=userns"]}""", CheckState.Pass)]
    [InlineData("2.12", """{"Plugins": {"Authorization": ["opa"]}}""", CheckState.Pass)]
    [InlineData("2.13", "{}", CheckState.Fail)]
    [InlineData("2.13", """{"LoggingDriver": "syslog"}""", CheckState.Pass)]
    [InlineData("2.14", """{"SecurityOptions": ["name=no-new-privileges"]}""", CheckState.Pass)]
    [InlineData("2.15", "{}", CheckState.Fail)]
    [InlineData("2.15", """{"LiveRestoreEnabled": true}""", CheckState.Pass)]
    [InlineData("2.15", """{"Swarm": {"LocalNodeState": "active"}}""", CheckState.NotApplicable)]
    [InlineData("2.17", "{}", CheckState.Pass)]
    [InlineData("2.17", """{"SecurityOptions": ["name=seccomp,profile=unconfined"]}""", CheckState.Fail)]
    [InlineData("2.17", """{"SecurityOptions": []}""", CheckState.Fail)]
    [InlineData("2.18", """{"ExperimentalBuild": true}""", CheckState.Fail)]
    [InlineData("5.1", """{"Swarm": {"LocalNodeState": "active"}}""", CheckState.Fail)]
    public void An_item_of_an_engine(string check, string changes, CheckState expected)
    {
        var info = JsonNode.Parse(Plain)!.AsObject();
        foreach (var (name, value) in JsonNode.Parse(changes)!.AsObject())
        {
            info[name] = value?.DeepClone();
        }
        var item = Items(EngineSettingsReader.Read(info, null)).Single(item => item.Check == check);
        Assert.True(item.State == expected, $"{item.State}: {item.Reason}");
    }

    [Theory]
    [InlineData(null, CheckState.NotApplicable)]
    [InlineData("true", CheckState.Fail)]
    [InlineData("false", CheckState.Pass)]
    public void Whether_containers_on_the_default_bridge_reach_each_other(string? option, CheckState expected)
    {
        var bridge = option is null
            ? null
            : EngineNetworks.Read(
                JsonNode.Parse(
                    $$"""{"Driver": "bridge", "Options": {"com.docker.network.bridge.enable_icc": "{{option}}"} }"""
                )!
            );
        var settings = EngineSettingsReader.Read(JsonNode.Parse(Plain)!.AsObject(), bridge);
        Assert.Equal(expected, Items(settings).Single(item => item.Check == "2.2").State);
    }

    [Fact]
    public void Of_a_host_whose_runner_does_not_tell_nothing_is_said()
    {
        var items = Items(null);
        Assert.Equal(Benchmark.OfEngines.Count, items.Count);
        Assert.All(items, item => Assert.Equal(CheckState.NotTold, item.State));
    }

    private static IReadOnlyList<PostureItem> Items(EngineSettings? settings)
    {
        var facts = new HostFacts("vps-1", "1.0", 3, "27", "1.47", "Debian", "6.1", "amd64", 4, 1, "overlay2", 0, [])
        {
            Settings = settings,
        };
        return
        [
            .. Examination.Of(
                new DockerHost("h1", "vps-1", HostPresence.Connected, default, null, null, facts, 0, null),
                new StandingExceptions([])
            ),
        ];
    }
}
