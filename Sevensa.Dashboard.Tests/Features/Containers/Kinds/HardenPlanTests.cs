using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Posture;

namespace Sevensa.Dashboard.Tests.Features.Containers.Kinds;

/// <summary>What is found of containers becomes a plan that puts exactly that right, or is refused in words.</summary>
public sealed class HardenPlanTests
{
    /// <summary>A member of Docker's description of a container, what the plan says of it, and what the runner is told.</summary>
    public sealed record Row(
        string Item,
        string Path,
        string Value,
        string Parameters,
        string? Before,
        string After,
        HardenArguments Told
    );

    private static readonly Row[] rows =
    [
        new(
            HardeningItems.User,
            "Config.User",
            "\"root\"",
            """{"user":"app:app"}""",
            "root",
            "app:app",
            new(User: "app:app")
        ),
        new(
            HardeningItems.AppArmor,
            "HostConfig.SecurityOpt",
            """["apparmor=unconfined","no-new-privileges:true"]""",
            "{}",
            "apparmor=unconfined",
            "the engine's own",
            new(DefaultProfiles: ["apparmor"])
        ),
        new(
            HardeningItems.SeLinux,
            "HostConfig.SecurityOpt",
            """["label=disable","no-new-privileges:true"]""",
            "{}",
            "label=disable",
            "the engine's own",
            new(DefaultProfiles: ["label"])
        ),
        new(
            HardeningItems.Seccomp,
            "HostConfig.SecurityOpt",
            """["seccomp:unconfined","no-new-privileges:true"]""",
            "{}",
            "seccomp:unconfined",
            "the engine's own",
            new(DefaultProfiles: ["seccomp"])
        ),
        new(
            HardeningItems.Capabilities,
            "HostConfig.CapDrop",
            "null",
            "{}",
            "Docker's own set",
            "none (ALL dropped)",
            new(KeepCapabilities: [])
        ),
        new(
            HardeningItems.Capabilities,
            "HostConfig.CapAdd",
            """["NET_ADMIN","CAP_SYS_NICE"]""",
            "{}",
            "added NET_ADMIN, CAP_SYS_NICE; dropped ALL",
            "SYS_NICE alone (ALL dropped)",
            new(KeepCapabilities: ["SYS_NICE"])
        ),
        new(
            HardeningItems.Capabilities,
            "HostConfig.CapDrop",
            "[]",
            """{"keepCapabilities":["cap_chown","SETUID"]}""",
            "Docker's own set",
            "CHOWN, SETUID alone (ALL dropped)",
            new(KeepCapabilities: ["CHOWN", "SETUID"])
        ),
        new(
            HardeningItems.Privileged,
            "HostConfig.Privileged",
            "true",
            "{}",
            "yes: all capabilities and devices of the host",
            "no",
            new(Unprivileged: true)
        ),
        new(
            HardeningItems.Memory,
            "HostConfig.Memory",
            "0",
            """{"memoryMiB":256}""",
            "no limit",
            "256 MiB",
            new(MemoryBytes: 256 << 20)
        ),
        new(
            HardeningItems.Processors,
            "HostConfig.NanoCpus",
            "0",
            """{"cpus":0.5}""",
            "no limit",
            "0.5",
            new(Cpus: 0.5)
        ),
        new(
            HardeningItems.ReadOnlyRoot,
            "HostConfig.ReadonlyRootfs",
            "false",
            // What is mounted there already stays what it is.
            """{"tmpfs":["/run/","/data"]}""",
            "can be written",
            "read-only",
            new(ReadOnlyRoot: true, Tmpfs: ["/run"])
        ),
        new(
            HardeningItems.Ports,
            "NetworkSettings.Ports",
            """{"8080/tcp":[{"HostIp":"0.0.0.0","HostPort":"18080"},{"HostIp":"::","HostPort":"18080"}]}""",
            """{"address":"10.0.0.7"}""",
            "18080 on all addresses",
            "18080 on 10.0.0.7 alone",
            new(Address: "10.0.0.7")
        ),
        new(
            HardeningItems.RestartPolicy,
            "HostConfig.RestartPolicy",
            """{"Name":"unless-stopped"}""",
            "{}",
            "unless-stopped",
            "on-failure:5",
            new(RestartTries: 5)
        ),
        new(
            HardeningItems.Ulimits,
            "HostConfig.Ulimits",
            """[{"Name":"core","Soft":-1,"Hard":-1},{"Name":"nofile","Soft":10,"Hard":20}]""",
            "{}",
            "core=-1:-1",
            "the engine's own",
            new(WithoutUlimits: ["core"])
        ),
        new(
            HardeningItems.NewPrivileges,
            "HostConfig.SecurityOpt",
            "[]",
            "{}",
            "may be acquired",
            "are never acquired (no-new-privileges:true)",
            new(NoNewPrivileges: true)
        ),
        new(
            HardeningItems.Processes,
            "HostConfig.PidsLimit",
            "-1",
            """{"pidsLimit":64}""",
            "no limit",
            "64 at most",
            new(PidsLimit: 64)
        ),
    ];

    public static TheoryData<Row> Rows => [.. rows];

    private static Yard House() =>
        new(services =>
        {
            services.AddSingleton<PostureExceptionStore>();
            services.AddSingleton<PostureExceptions>();
            services.AddSingleton<IHardeningFindings, HardeningFindings>();
        });

    /// <summary>The service api as Docker describes it, hardened but for what is changed.</summary>
    private static void Describe(Yard yard, Action<JsonObject> change, string id = "", string name = "rentguy-api")
    {
        var described = Described.Hardened(name);
        // As asked for, which the tests of the items have no need of.
        described["HostConfig"]!["PortBindings"] = JsonNode.Parse(
            """{"8080/tcp":[{"HostIp":"","HostPort":"18080"}]}"""
        );
        change(described);
        var facts = Described.Facts(described);
        id = id.Length > 0 ? id : Yard.Api;
        if (yard.Shop.Fleet.Find(id) is null)
        {
            yard.Shop.Fleet.Put("rentguy", "api", name, id);
        }
        yard.Shop.Fleet.Change(id, former => facts with { Id = id, Health = former.Health });
    }

    private static void Set(JsonObject described, string path, string value)
    {
        JsonNode place = described;
        var parts = path.Split('.');
        foreach (var part in parts[..^1])
        {
            place = place[part]!;
        }
        place[parts[^1]] = JsonNode.Parse(value);
    }

    private static JsonObject Asked(string item, string parameters = "{}")
    {
        var asked = (JsonObject)JsonNode.Parse(parameters)!;
        asked["items"] = new JsonArray(item);
        return asked;
    }

    private static HardenArguments ToldBy(PlanStep step) =>
        step.Arguments!.Value.Deserialize(StepJson.Default.HardenArguments)!;

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public async Task An_item_that_fails_is_one_exact_change_and_nothing_else(Row row)
    {
        await using var yard = House();
        Describe(yard, described => Set(described, row.Path, row.Value));
        yard.Shop.Fleet.Settings = Described.Engine;

        var proposal = await yard.ProposeAsync("service.harden", "api", Asked(row.Item, row.Parameters));

        var change = proposal.Plan.Changes[0];
        Assert.EndsWith(" of rentguy-api", change.What, StringComparison.Ordinal);
        Assert.Equal((row.Before, row.After), (change.Before, change.After));
        var step = Assert.Single(proposal.Plan.Steps);
        Assert.Equal((StepVerbs.ContainerHarden, Yard.Api), (step.Verb, step.On));
        Assert.Equal(
            StepJson.Of(row.Told with { GraceSeconds = 10 }).GetRawText(),
            StepJson.Of(ToldBy(step)).GetRawText()
        );
        Assert.Equal(UndoKinds.Reverse, proposal.Plan.Undo.Kind);
        Assert.Equal($"Harden rentguy/api: {row.Item}", proposal.Title.Split(" (")[0]);
        Assert.Contains(proposal.Estimate.Notes!, note => note.StartsWith(row.Item + " ", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_item_that_is_offered_has_a_row_here() =>
        Assert.Equal(HardeningItems.All.Keys.Order(), rows.Select(row => row.Item).Distinct().Order());

    [Fact]
    public async Task Another_value_is_another_plan()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "HostConfig.PidsLimit", "0"));
        var few = await yard.ProposeAsync("service.harden", "api", Asked("5.29", """{"pidsLimit":50}"""));
        var many = await yard.ProposeAsync("service.harden", "api", Asked("5.29", """{"pidsLimit":500}"""));
        Assert.NotEqual(few.PlanHash, many.PlanHash);
        Assert.NotEqual(few.Title, many.Title);
    }

    [Fact]
    public async Task Undo_that_asks_for_the_former_specification_of_the_same_image()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "HostConfig.PidsLimit", "0"));
        var undo = Undoing.Of(await yard.ProposeAsync("service.harden", "api", Asked("5.29")))!;
        Assert.Equal(("service.rollback", "api"), (undo.Kind, undo.Target));
        Assert.Equal(
            ("2026-03-01T08:59:59.999Z", false, true),
            (
                undo.Parameters!["to"]!.GetValue<string>(),
                undo.Parameters["code"]!.GetValue<bool>(),
                undo.Parameters["configuration"]!.GetValue<bool>()
            )
        );
    }

    [Fact]
    public async Task Only_replicas_on_which_it_fails_are_made_anew_and_the_others_are_looked_at_too()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "HostConfig.SecurityOpt", "[]"));
        var second = new string('7', 64);
        Describe(yard, _ => { }, second, "rentguy-api-2");
        yard.Shop.Fleet.Put("rentguy", "api", "rentguy-api-3", new string('6', 64), state: "exited");

        var proposal = await yard.ProposeAsync("service.harden", "api", Asked("5.26"));

        Assert.Equal([Yard.Api], proposal.Plan.Steps.Select(step => step.On));
        Assert.Equal([Yard.Api, second], proposal.Plan.Containers.Select(container => container.Id));
        Assert.Contains(proposal.Estimate.Notes!, note => note.Contains("rentguy-api-2 passes already"));
        Assert.Contains(proposal.Estimate.Notes!, note => note.Contains("rentguy-api-3 does not run and is left"));
    }

    [Fact]
    public async Task Who_lives_in_its_network_goes_along_and_who_removes_itself_is_told_of()
    {
        await using var yard = House();
        Describe(
            yard,
            described =>
            {
                Set(described, "HostConfig.SecurityOpt", "[]");
                Set(described, "HostConfig.AutoRemove", "true");
            }
        );
        yard.Shop.Fleet.PutSharer("rentguy", "rentguy-side", "rentguy-api", new string('5', 64));

        var proposal = await yard.ProposeAsync("service.harden", "api", Asked("5.26"));

        Assert.Equal(
            [(StepVerbs.ContainerHarden, Yard.Api), (StepVerbs.ContainerRecreate, new string('5', 64))],
            proposal.Plan.Steps.Select(step => (step.Verb, step.On))
        );
        Assert.Contains(proposal.Estimate.Notes!, note => note.Contains("(--rm)", StringComparison.Ordinal));
        yard.Shop.Fleet.PutSharer("witcom", "witcom-side", "rentguy-api", new string('4', 64));
        Assert.Contains(
            "not rentguy's shares the network",
            await yard.RefusedAsync("service.harden", "api", Asked("5.26")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_the_image_is_made_for_is_the_user_that_is_left_out()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "Config.User", "\"0\""));
        Assert.Contains(
            "say which other one with the parameter user",
            await yard.RefusedAsync("service.harden", "api", Asked("4.1")),
            StringComparison.Ordinal
        );
        yard.Shop.Fleet.Change(
            Yard.Api,
            facts => facts with { Isolation = facts.Isolation! with { ImageUser = "node" } }
        );

        var proposal = await yard.ProposeAsync("service.harden", "api", Asked("4.1"));

        Assert.Equal("node", ToldBy(proposal.Plan.Steps[0]).User);
        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("able to write /data", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Without_a_health_check_what_nobody_would_see_is_a_high_risk()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "HostConfig.ReadonlyRootfs", "false"));
        Assert.Equal(Risk.Medium, (await yard.ProposeAsync("service.harden", "api", Asked("5.13"))).Risk);
        yard.Shop.Fleet.Change(Yard.Api, facts => facts with { Health = "none" });
        var blind = await yard.ProposeAsync("service.harden", "api", Asked("5.13", """{"graceSeconds":3}"""));
        Assert.Equal(Risk.High, blind.Risk);
        Assert.Contains(blind.Estimate.Notes!, note => note.Contains("no health check", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_item_that_somebody_answers_for_is_put_right_all_the_same_and_told()
    {
        await using var yard = House();
        Describe(yard, described => Set(described, "HostConfig.PidsLimit", "0"));
        await yard
            .Shop.Services.GetRequiredService<PostureExceptions>()
            .MakeAsync(
                Callers.Operator,
                "rentguy",
                new ExceptionAsked("api", "5.29", "Anna", "Measured first", yard.Shop.Time.GetUtcNow().AddDays(9)),
                CancellationToken.None
            );

        var proposal = await yard.ProposeAsync("service.harden", "api", Asked("5.29"));

        Assert.Contains(
            proposal.Estimate.Notes!,
            note => note.Contains("Anna answers for it until 2026-03-10 (Measured first)", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("{}", "items of service.harden is missing")]
    [InlineData("""{"items":[]}""", "minItems")]
    [InlineData("""{"items":["nnp"]}""", "must match")]
    [InlineData("""{"items":["5.99"]}""", "5.99 can't be put right by service.harden: there are 4.1")]
    [InlineData("""{"items":["5.10"]}""", "which network it needs instead of the host's")]
    [InlineData("""{"items":["5.32"]}""", "about a mount or a device of the host")]
    [InlineData("""{"items":["2.14"]}""", "about the engine")]
    [InlineData("""{"items":["5.26"]}""", "5.26 fails on no container of api, so nothing is to be put right. no-new")]
    [InlineData("""{"items":["4.1"],"user":"root:app"}""", "not root")]
    [InlineData("""{"items":["4.1"],"user":"$(id)"}""", "not root")]
    [InlineData("""{"items":["5.4"],"keepCapabilities":["SYS_ADMIN"]}""", "SYS_ADMIN leads out of a container")]
    [InlineData("""{"items":["5.4"],"keepCapabilities":["SYS_NICE"]}""", "has not got the capability SYS_NICE")]
    [InlineData("""{"items":["5.11"]}""", "needs the parameter memoryMiB")]
    [InlineData("""{"items":["5.11"],"memoryMiB":900000}""", "would be none")]
    [InlineData("""{"items":["5.12"]}""", "needs the parameter cpus")]
    [InlineData("""{"items":["5.12"],"cpus":64}""", "can't be given")]
    [InlineData("""{"items":["5.13"],"tmpfs":["/../etc"]}""", "by their whole path")]
    [InlineData("""{"items":["5.13"],"tmpfs":["/run","/data/of/it"]}""", "would hide what is there")]
    [InlineData("""{"items":["5.14"],"address":"0.0.0.0"}""", "not all of them")]
    [InlineData("""{"items":["5.14"],"address":"::ffff:0.0.0.0"}""", "not all of them")]
    [InlineData("""{"items":["5.14"],"address":"127.1"}""", "one IP address")]
    [InlineData("""{"items":["5.14"]}""", "published wherever Docker chooses (-P)")]
    [InlineData("""{"items":["5.22"]}""", "Put 5.5 right with it")]
    [InlineData("""{"items":["5.13"],"privileged":true}""", "not a parameter of service.harden")]
    public async Task What_can_t_be_put_right_so_says_why(string parameters, string why)
    {
        await using var yard = House();
        Describe(
            yard,
            described =>
            {
                Set(described, "Config.User", "\"\"");
                Set(described, "HostConfig.CapDrop", "[]");
                Set(described, "HostConfig.Memory", "0");
                Set(described, "HostConfig.NanoCpus", "0");
                Set(described, "HostConfig.ReadonlyRootfs", "false");
                if (why.Contains("-P", StringComparison.Ordinal))
                {
                    Set(described, "NetworkSettings.Ports", """{"9/udp":[{"HostIp":"0.0.0.0","HostPort":"32768"}]}""");
                }
                if (why.Contains("5.5", StringComparison.Ordinal))
                {
                    Set(described, "HostConfig.Privileged", "true");
                }
            }
        );

        Assert.Contains(
            why,
            await yard.RefusedAsync("service.harden", "api", JsonNode.Parse(parameters)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Whom_it_can_t_be_done_to_is_refused_in_words()
    {
        await using var yard = House();
        void Now(Func<ContainerFacts, ContainerFacts> change)
        {
            Describe(yard, described => Set(described, "HostConfig.SecurityOpt", "[]"));
            yard.Shop.Fleet.Change(Yard.Api, change);
        }
        Now(facts => facts with { State = "paused" });
        Assert.Contains("docker unpause", await RefusedAsync(), StringComparison.Ordinal);
        Now(facts => facts with { State = "exited" });
        Assert.Contains("No container of api runs", await RefusedAsync(), StringComparison.Ordinal);
        Now(facts => facts with { SelfOf = "runner" });
        Assert.Contains("by hand: docker compose", await RefusedAsync(), StringComparison.Ordinal);
        Now(facts => facts);
        yard.Shop.Fleet.Kinds = [StepVerbs.ContainerRecreate];
        Assert.Contains("can't do container.harden. Update it", await RefusedAsync(), StringComparison.Ordinal);

        Task<string> RefusedAsync() => yard.RefusedAsync("service.harden", "api", Asked("5.26"));
    }
}
