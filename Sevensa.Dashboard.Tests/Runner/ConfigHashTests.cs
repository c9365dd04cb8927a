using System.Text;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What of a real engine's description makes another configuration, and what does not.</summary>
public class ConfigHashTests
{
    private static async Task<string> HashAsync(Action<JsonNode> change)
    {
        var recordings = RecordedDocker.Recordings();
        var inspect = JsonNode.Parse(recordings["GET /containers/rentguy-api-1/json"].Item3)!;
        change(inspect);
        await using var docker = await RecordedDocker.StartAsync(
            new Dictionary<string, (int, string, byte[])>
            {
                ["GET /containers/x/json"] = (200, "application/json", Encoding.UTF8.GetBytes(inspect.ToJsonString())),
            }
        );
        return (await docker.Engine.InspectAsync("x", CancellationToken.None))!.ConfigHash;
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("environment value")]
    [InlineData("label")]
    [InlineData("exposed port")]
    [InlineData("network")]
    [InlineData("command")]
    [InlineData("image")]
    public async Task The_configuration_hash_changes_with_what_was_asked_for(string what) =>
        Assert.NotEqual(
            await HashAsync(_ => { }),
            await HashAsync(inspect =>
            {
                switch (what)
                {
                    case "memory":
                        inspect["HostConfig"]!["Memory"] = 1;
                        break;
                    case "environment value":
                        inspect["Config"]!["Env"]![0] = "DB_PASSWORD=hunter3";
                        break;
                    case "label":
                        inspect["Config"]!["Labels"]!["x"] = "y";
                        break;
                    case "exposed port":
                        inspect["Config"]!["ExposedPorts"]!["81/tcp"] = new JsonObject();
                        break;
                    case "network":
                        inspect["NetworkSettings"]!["Networks"]!["more"] = new JsonObject();
                        break;
                    case "command":
                        inspect["Config"]!["Cmd"]!.AsArray().Add("x");
                        break;
                    default:
                        inspect["Image"] = "sha256:other";
                        break;
                }
            })
        );

    [Fact]
    public async Task The_configuration_hash_does_not_change_with_ids_times_addresses_or_what_a_later_engine_adds() =>
        Assert.Equal(
            await HashAsync(_ => { }),
            await HashAsync(inspect =>
            {
                const string other = "1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef";
                inspect["Id"] = other;
                inspect["Config"]!["Hostname"] = other[..12];
                inspect["Created"] = "2027-01-01T00:00:00Z";
                inspect["State"]!["StartedAt"] = "2027-01-01T00:00:00Z";
                inspect["RestartCount"] = 9;
                inspect["HostConfig"]!["CapAdd"] = new JsonArray();
                inspect["HostConfig"]!["MemorySwappiness"] = null;
                var network = inspect["NetworkSettings"]!["Networks"]!["rentguy_default"]!;
                network["IPAddress"] = "172.18.0.99";
                network["Aliases"] = new JsonArray(other[..12]);
            })
        );

    [Fact]
    public async Task The_same_value_hashes_differently_on_another_host()
    {
        var inspect = RecordedDocker.Recordings()["GET /containers/rentguy-api-1/json"];
        var answers = new Dictionary<string, (int, string, byte[])> { ["GET /containers/x/json"] = inspect };
        await using var docker = await RecordedDocker.StartAsync(answers);
        var here = await docker.Engine.InspectAsync("x", CancellationToken.None);
        Assert.NotEqual(here!.ConfigHash, await HashAsync(node => node["Config"]!["Env"]![0] = "DB_PASSWORD="));
    }
}
