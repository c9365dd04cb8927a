using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A container in its own place with less allowed, and never with more.</summary>
public class HardenVerbTests
{
    private const string Image = "sha256:1111";

    private static ContainerFacts Api(Desk desk, JsonObject? host = null, string user = "")
    {
        desk.Works.AddImage(Image, "rentguy/api:2.4.1");
        var container = desk.Engine.Add("rentguy-api-1");
        var asked = host ?? [];
        asked["NetworkMode"] = "none";
        desk.Works.Describe(
            container.Id,
            new JsonObject
            {
                ["Image"] = Image,
                ["Config"] = new JsonObject
                {
                    ["Image"] = "rentguy/api:2.4.1",
                    ["User"] = user,
                    ["Volumes"] = new JsonObject { ["/cache"] = new JsonObject() },
                    ["Labels"] = new JsonObject { ["sevensa.tenant"] = "rentguy" },
                },
                ["HostConfig"] = asked,
            }
        );
        return container;
    }

    private static ActionPlan Harden(string id, HardenArguments arguments, ContainerFacts container) =>
        Samples.Plan(
            id,
            "service.harden",
            [new PlanStep(1, StepVerbs.ContainerHarden, container.Id, "Harden", StepJson.Of(arguments))],
            new PlanVerification(VerificationKinds.Running, 5, "running"),
            new PlanUndo(UndoKinds.Reverse, "the former containers are put back"),
            container
        );

    private static JsonObject Loose() =>
        (JsonObject)
            JsonNode.Parse(
                """
                {
                  "Privileged": true, "CapAdd": ["NET_ADMIN", "CHOWN"], "CapDrop": null, "ReadonlyRootfs": false,
                  "SecurityOpt": ["seccomp=unconfined", "apparmor:unconfined", "no-new-privileges:false", "label=user:me"],
                  "Memory": 0, "NanoCpus": 0, "CpuPeriod": 50000, "PidsLimit": null, "Binds": ["data:/data"],
                  "PortBindings": {
                    "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
                    "81/tcp": [{"HostIp": "10.0.0.2", "HostPort": ""}]
                  },
                  "RestartPolicy": {"Name": "always", "MaximumRetryCount": 0},
                  "Ulimits": [{"Name": "core", "Soft": -1, "Hard": -1}, {"Name": "nofile", "Soft": 9, "Hard": 9}]
                }
                """
            )!;

    private static readonly HardenArguments Everything = new(
        NoNewPrivileges: true,
        Unprivileged: true,
        DefaultProfiles: ["seccomp", "apparmor"],
        KeepCapabilities: ["CHOWN"],
        ReadOnlyRoot: true,
        Tmpfs: ["/tmp"],
        MemoryBytes: 64 << 20,
        Cpus: 0.5,
        PidsLimit: 50,
        Address: "127.0.0.1",
        User: "1000:1000",
        RestartTries: 5,
        WithoutUlimits: ["core"],
        GraceSeconds: 3,
        SteadySeconds: 0
    );

    [Fact]
    public async Task What_was_loose_is_held_and_all_else_is_as_it_was()
    {
        await using var desk = new Desk();
        desk.Works.Volumes["data"] = new JsonObject { ["Name"] = "data" };
        var old = Api(desk, Loose());

        var outcome = await desk.RunAsync(Harden("p1", Everything, old));

        Assert.True(outcome.State == ProposalState.Succeeded, outcome.Text);
        var now = Assert.Single(desk.Engine.Containers.Values);
        Assert.NotEqual(old.Id, now.Id);
        var body = desk.Works.BodyOf(now.Id);
        Assert.Equal("1000:1000", body["Config"]!["User"]!.GetValue<string>());
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse(
                    """
                    {
                      "Privileged": false, "CapAdd": ["CHOWN"], "CapDrop": ["ALL"], "ReadonlyRootfs": true,
                      "SecurityOpt": ["label=user:me", "no-new-privileges:true"],
                      "Memory": 67108864, "NanoCpus": 500000000, "CpuPeriod": 0, "CpuQuota": 0, "PidsLimit": 50,
                      "Binds": ["data:/data"], "Tmpfs": {"/tmp": ""},
                      "PortBindings": {
                        "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
                        "81/tcp": [{"HostIp": "10.0.0.2", "HostPort": ""}]
                      },
                      "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5},
                      "Ulimits": [{"Name": "nofile", "Soft": 9, "Hard": 9}], "NetworkMode": "none"
                    }
                    """
                ),
                body["HostConfig"]
            ),
            body["HostConfig"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task One_that_is_not_well_with_less_gives_its_place_back()
    {
        await using var desk = new Desk();
        desk.Works.Volumes["data"] = new JsonObject { ["Name"] = "data" };
        var old = Api(desk, Loose());
        desk.Engine.Started = facts =>
            facts with
            {
                State = "running",
                Health = facts.Id == old.Id ? "none" : "unhealthy",
            };

        var outcome = await desk.RunAsync(Harden("p1", Everything, old));

        Assert.Equal((ProposalState.RolledBack, "done", "notUp"), (outcome.State, outcome.Undo, outcome.Code));
        var now = Assert.Single(desk.Engine.Containers.Values);
        Assert.Equal((old.Id, "rentguy-api-1", "running"), (now.Id, now.Name, now.State));
        Assert.Equal("always", desk.Works.BodyOf(old.Id)["HostConfig"]!["RestartPolicy"]!["Name"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("""{"noNewPrivileges":false}""", "left out")]
    [InlineData("""{"unprivileged":false}""", "left out")]
    [InlineData("""{"user":"0:1000"}""", "no user other than root")]
    [InlineData("""{"user":"root"}""", "no user other than root")]
    [InlineData("""{"address":"::"}""", "no single address")]
    [InlineData("""{"address":"::ffff:0.0.0.0"}""", "no single address")]
    [InlineData("""{"keepCapabilities":["ALL"]}""", "none to keep")]
    [InlineData("""{"tmpfs":["/tmp"]}""", "read-only with it")]
    [InlineData("""{"readOnlyRoot":true,"tmpfs":["/./data"]}""", "no folder")]
    [InlineData("""{"address":"host.docker"}""", "no single address")]
    [InlineData("""{"tmpfs":["tmp"]}""", "no folder")]
    [InlineData("""{"tmpfs":["/"]}""", "no folder")]
    [InlineData("""{"memoryBytes":0}""", "above zero")]
    [InlineData("""{"pidsLimit":-1}""", "above zero")]
    [InlineData("""{"cpus":0}""", "above zero")]
    [InlineData("""{"restartTries":0}""", "1 to 5")]
    [InlineData("""{"defaultProfiles":["no-new-privileges"]}""", "no profile")]
    public async Task What_loosens_by_itself_is_refused_before_anything_is_touched(string arguments, string why)
    {
        await using var desk = new Desk();
        var old = Api(desk);
        var plan = Harden("p1", new HardenArguments(), old);
        var step = plan.Steps[0] with { Arguments = JsonDocument.Parse(arguments).RootElement };

        var refused = await desk.DeliverAsync(plan with { Steps = [step] });

        Assert.Equal("wouldLoosen", refused.RefusalCode);
        Assert.Contains(why, refused.Refusal, StringComparison.Ordinal);
        Assert.Empty(desk.Engine.Calls);
    }

    [Theory]
    [InlineData("""{"keepCapabilities":["SYS_NICE"]}""", """{"CapAdd":["NET_ADMIN"]}""")]
    [InlineData("""{"keepCapabilities":["CHOWN"]}""", """{"CapDrop":["CHOWN"]}""")]
    [InlineData("""{"keepCapabilities":["CHOWN"]}""", """{"CapDrop":["ALL"],"CapAdd":["KILL"]}""")]
    [InlineData("""{"memoryBytes":2000}""", """{"Memory":1000}""")]
    [InlineData("""{"pidsLimit":200}""", """{"PidsLimit":100}""")]
    [InlineData("""{"cpus":2}""", """{"NanoCpus":1000000000}""")]
    [InlineData("""{"cpus":2}""", """{"CpuQuota":50000}""")]
    [InlineData("""{"user":"1001"}""", "{}")]
    [InlineData("""{"restartTries":5}""", """{"RestartPolicy":{"Name":"no","MaximumRetryCount":0}}""")]
    [InlineData("""{"restartTries":5}""", """{"RestartPolicy":{"Name":"on-failure","MaximumRetryCount":2}}""")]
    [InlineData("""{"withoutUlimits":["nofile"]}""", """{"Ulimits":[{"Name":"nofile","Soft":9,"Hard":9}]}""")]
    [InlineData("""{"readOnlyRoot":true,"tmpfs":["/tmp"]}""", """{"ReadonlyRootfs":true}""")]
    public async Task What_would_give_more_than_it_has_is_not_done(string arguments, string host)
    {
        await using var desk = new Desk();
        var old = Api(desk, (JsonObject)JsonNode.Parse(host)!, user: "1000");
        var plan = Harden("p1", new HardenArguments(), old);
        var step = plan.Steps[0] with { Arguments = JsonDocument.Parse(arguments).RootElement };

        var outcome = await desk.RunAsync(plan with { Steps = [step] });

        Assert.Equal((ProposalState.Failed, "none", "wouldLoosen"), (outcome.State, outcome.Undo, outcome.Code));
        Assert.Empty(desk.Engine.Calls);
    }

    [Theory]
    [InlineData("/data")]
    [InlineData("/data/of/it")]
    [InlineData("/cache")]
    public async Task What_is_mounted_is_not_hidden_by_a_folder_in_memory(string folder)
    {
        await using var desk = new Desk();
        desk.Works.Volumes["data"] = new JsonObject { ["Name"] = "data" };
        var old = Api(desk, Loose());

        var outcome = await desk.RunAsync(Harden("p1", Everything with { Tmpfs = ["/tmp", folder] }, old));

        Assert.Equal((ProposalState.Failed, "none", "wouldHide"), (outcome.State, outcome.Undo, outcome.Code));
        Assert.Empty(desk.Engine.Calls);
    }
}
