using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Tests.Platform;

namespace Sevensa.Dashboard.Tests.Features.Posture;

/// <summary>Each item, from Docker's description of a container to the verdict and its patch.</summary>
public class ContainerChecksTests
{
    /// <param name="Check">Number of the item.</param>
    /// <param name="Path">Member of the description that is changed; parts joined by dots.</param>
    /// <param name="Value">JSON that is put there.</param>
    /// <param name="State">What the item then says.</param>
    /// <param name="Says">Part of the reason, or of the patch.</param>
    public sealed record Row(string Check, string Path, string Value, CheckState State, string Says = "")
    {
        public override string ToString() => $"{Check}: {Path} = {Value}";
    }

    private static readonly Row[] rows =
    [
        new("4.1", "Config.User", "\"\"", CheckState.Fail, "user: \"1000:1000\""),
        new("4.1", "Config.User", "\"root\"", CheckState.Fail),
        new("4.1", "Config.User", "\"0:0\"", CheckState.Fail),
        new("4.1", "Config.User", "\"000\"", CheckState.Fail),
        new("4.1", "Config.User", "\"root:app\"", CheckState.Fail),
        new("4.1", "Config.User", "\"10001\"", CheckState.Pass),
        new("4.1", "Config.User", "\"rooted\"", CheckState.Pass),
        new("5.2", "HostConfig.SecurityOpt", "[\"apparmor=unconfined\"]", CheckState.Fail, "security_opt: !reset []"),
        new(
            "5.2",
            "HostConfig.SecurityOpt",
            "[\"apparmor:unconfined\", \"seccomp=a.json\"]",
            CheckState.Fail,
            "- seccomp=a.json"
        ),
        new("5.2", "AppArmorProfile", "\"unconfined\"", CheckState.Fail),
        new("5.2", "AppArmorProfile", "\"mine\"", CheckState.Pass, "mine"),
        new("5.3", "HostConfig.SecurityOpt", "[\"label=disable\"]", CheckState.Fail),
        new("5.3", "HostConfig.SecurityOpt", "[]", CheckState.Pass),
        new("5.4", "HostConfig.CapDrop", "null", CheckState.Fail, "NET_RAW"),
        new("5.4", "HostConfig.CapDrop", "[\"NET_RAW\"]", CheckState.Pass),
        new("5.4", "HostConfig.CapDrop", "[\"cap_net_raw\"]", CheckState.Pass),
        new("5.4", "HostConfig.CapAdd", "[\"NET_BIND_SERVICE\"]", CheckState.Pass, "NET_BIND_SERVICE"),
        new(
            "5.4",
            "HostConfig.CapAdd",
            "[\"CAP_SYS_ADMIN\", \"NET_BIND_SERVICE\"]",
            CheckState.Fail,
            "- NET_BIND_SERVICE"
        ),
        new("5.4", "HostConfig.CapAdd", "[\"ALL\"]", CheckState.Fail, "cap_add: !reset []"),
        new("5.5", "HostConfig.Privileged", "true", CheckState.Fail, "privileged: false"),
        new("5.6", "Mounts", Mount("bind", "/etc"), CheckState.Fail, "volumes: !reset []"),
        new("5.6", "Mounts", Mount("bind", "/", writable: false), CheckState.Fail, "read-only"),
        new("5.6", "Mounts", Mount("bind", "/etc/nginx"), CheckState.Fail),
        new("5.6", "Mounts", Mount("bind", "/etc/localtime", writable: false), CheckState.Pass),
        new("5.6", "Mounts", Mount("bind", "/etc/shadow", writable: false), CheckState.Fail),
        new("5.6", "Mounts", Mount("bind", "/var/lib/docker"), CheckState.Fail),
        new("5.6", "Mounts", Mount("bind", "/srv/app"), CheckState.Pass),
        new("5.6", "Mounts", Mount("bind", "/etcetera"), CheckState.Pass),
        new("5.6", "Mounts", Mount("volume", "etc"), CheckState.Pass),
        new("5.8", "NetworkSettings.Ports", Port("127.0.0.1", "443"), CheckState.Fail, "127.0.0.1:8443:8080/tcp"),
        new("5.8", "NetworkSettings.Ports", Port("127.0.0.1", "1024"), CheckState.Pass),
        new("5.10", "HostConfig.NetworkMode", "\"host\"", CheckState.Fail, "network_mode: !reset null"),
        new("5.11", "HostConfig.Memory", "0", CheckState.Fail, "mem_limit"),
        new("5.12", "HostConfig.NanoCpus", "0", CheckState.Fail, "cpus"),
        new("5.13", "HostConfig.ReadonlyRootfs", "false", CheckState.Fail, "read_only: true"),
        new(
            "5.14",
            "NetworkSettings.Ports",
            Port("0.0.0.0", "18080"),
            CheckState.Fail,
            "- \"127.0.0.1:18080:8080/tcp\""
        ),
        new("5.14", "NetworkSettings.Ports", Port("::", "18080"), CheckState.Fail),
        new("5.14", "NetworkSettings.Ports", Port("", "18080"), CheckState.Fail),
        new("5.14", "NetworkSettings.Ports", Port("10.0.0.7", "18080"), CheckState.Pass),
        new("5.14", "NetworkSettings.Ports", """{"8080/tcp": null}""", CheckState.Pass),
        new("5.15", "HostConfig.RestartPolicy", """{"Name": "always"}""", CheckState.Fail, "restart: on-failure:5"),
        new("5.15", "HostConfig.RestartPolicy", """{"Name": "on-failure", "MaximumRetryCount": 0}""", CheckState.Fail),
        new("5.15", "HostConfig.RestartPolicy", """{"Name": "on-failure", "MaximumRetryCount": 50}""", CheckState.Fail),
        new("5.15", "HostConfig.RestartPolicy", """{"Name": "no"}""", CheckState.Pass),
        new("5.16", "HostConfig.PidMode", "\"host\"", CheckState.Fail, "pid: !reset null"),
        new("5.17", "HostConfig.IpcMode", "\"host\"", CheckState.Fail, "ipc: !reset null"),
        new(
            "5.18",
            "HostConfig.Devices",
            """[{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}]""",
            CheckState.Fail,
            "/dev/fuse:/dev/fuse:rwm"
        ),
        new(
            "5.19",
            "HostConfig.Ulimits",
            """[{"Name": "nproc", "Soft": 1024, "Hard": -1}, {"Name": "nofile", "Soft": 1024, "Hard": 2048}]""",
            CheckState.Fail,
            "ulimits:\n      nproc: !reset null\n"
        ),
        new("5.19", "HostConfig.Ulimits", "null", CheckState.Pass),
        new("5.20", "Mounts", Mount("bind", "/srv/app", propagation: "rshared"), CheckState.Fail, "- /srv/app:/there"),
        new("5.20", "Mounts", Mount("bind", "/srv/app", propagation: "rslave"), CheckState.Pass),
        new("5.21", "HostConfig.UTSMode", "\"host\"", CheckState.Fail, "uts: !reset null"),
        new(
            "5.22",
            "HostConfig.SecurityOpt",
            "[\"seccomp=unconfined\", \"no-new-privileges\"]",
            CheckState.Fail,
            "- no-new-privileges"
        ),
        new("5.22", "HostConfig.SecurityOpt", "[\"seccomp=mine.json\"]", CheckState.Pass),
        new("5.25", "HostConfig.CgroupParent", "\"/custom\"", CheckState.Fail, "/custom"),
        new("5.26", "HostConfig.SecurityOpt", "null", CheckState.Fail, "- no-new-privileges:true"),
        new(
            "5.26",
            "HostConfig.SecurityOpt",
            "[\"seccomp=mine.json\", \"no-new-privileges:true\", \"no-new-privileges:false\"]",
            CheckState.Fail,
            "security_opt: !override\n      - seccomp=mine.json\n      - no-new-privileges:true\n"
        ),
        new("5.26", "HostConfig.SecurityOpt", "[\"no-new-privileges\"]", CheckState.Pass),
        new("5.27", "Config.Healthcheck", "null", CheckState.Fail, "healthcheck:"),
        new("5.27", "Config.Healthcheck", """{"Test": ["NONE"]}""", CheckState.Fail),
        new("5.29", "HostConfig.PidsLimit", "null", CheckState.Fail, "pids_limit"),
        new("5.29", "HostConfig.PidsLimit", "-1", CheckState.Fail),
        new("5.30", "NetworkSettings.Networks", """{"bridge": {"NetworkID": "x"}}""", CheckState.Fail),
        new("5.31", "HostConfig.UsernsMode", "\"host\"", CheckState.Fail, "userns_mode: !reset null"),
        new(
            "5.32",
            "Mounts",
            Mount("bind", "/var/run/docker.sock", writable: false),
            CheckState.Fail,
            "volumes: !reset []"
        ),
        new("5.32", "Mounts", Mount("bind", "/run/containerd/containerd.sock"), CheckState.Fail),
        new("5.32", "Mounts", Mount("bind", "/srv/docker.sock.txt"), CheckState.Pass),
    ];

    public static TheoryData<Row> Rows => [.. rows];

    [Theory]
    [MemberData(nameof(Rows), DisableDiscoveryEnumeration = true)]
    public void An_item_says_what_was_found_and_what_to_write(Row row)
    {
        var described = Described.Hardened();
        var path = row.Path.Split('.');
        JsonNode place = described;
        foreach (var part in path[..^1])
        {
            place = place[part]!;
        }
        place[path[^1]] = JsonNode.Parse(row.Value);
        var item = Described.Items(described).Single(item => item.Check == row.Check);
        Assert.True(item.State == row.State, $"{item.State}: {item.Reason}");
        Assert.Contains(row.Says, item.Reason + "\n" + item.Patch, StringComparison.Ordinal);
        Assert.Equal(row.State == CheckState.Fail || item.Patch is not null, item.State == CheckState.Fail);
    }

    [Theory]
    [InlineData("node", false, "It could run as node: its image names that user", "user: node")]
    [InlineData("1000:1000", false, "It could run as 1000:1000", "user: \"1000:1000\"")]
    [InlineData("", false, "Whether it could run as another is not known.", "user: \"1000:1000\"")]
    [InlineData("root", true, "Nothing that it writes lasts", "user: \"1000:1000\"")]
    public void Root_says_whether_the_image_could_run_as_another(string image, bool lasting, string says, string patch)
    {
        var described = Described.Hardened();
        described["Config"]!["User"] = "0";
        if (lasting)
        {
            described["Mounts"] = new JsonArray();
        }
        var facts = Described.Facts(described);
        var item = Described
            .Items(facts with { Isolation = facts.Isolation! with { ImageUser = image } }, Described.Engine)
            .Single(one => one.Check == "4.1");
        Assert.Contains(says, item.Reason, StringComparison.Ordinal);
        Assert.Equal(!lasting, item.Reason.Contains("able to write /data", StringComparison.Ordinal));
        Assert.Contains(patch, item.Patch, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_item_that_can_be_hardened_is_one_of_the_benchmark() =>
        Assert.All(HardeningItems.All.Keys, number => Assert.IsType<ContainerCheck>(Benchmark.Find(number)));

    [Fact]
    public void Every_item_passes_for_a_container_that_is_set_up_well()
    {
        var items = Described.Items(Described.Hardened());
        Assert.All(
            items,
            item => Assert.True(item.State == CheckState.Pass, $"{item.Check}: {item.State}, {item.Reason}")
        );
        Assert.Equal(100, Scoring.Of(items));
    }

    [Fact]
    public void Every_item_of_a_container_has_a_row_here_that_fails() =>
        Assert.Equal(
            Benchmark.OfContainers.Select(check => check.Number),
            rows.Where(row => row.State == CheckState.Fail)
                .Select(row => row.Check)
                .Distinct()
                .OrderBy(number => Benchmark.Find(number)!.Order)
        );

    [Fact]
    public void A_patch_changes_that_one_thing_of_the_service_in_the_Compose_file()
    {
        var described = Described.Hardened();
        described["HostConfig"]!["PidsLimit"] = 0;
        var item = Described.Items(described).Single(item => item.Check == "5.29");
        Assert.Equal("services:\n  api:\n    pids_limit: 200\n", item.Patch);
    }

    [Fact]
    public void What_an_older_runner_does_not_tell_is_neither_passed_nor_failed()
    {
        var facts = Described.Facts(Described.Hardened()) with { Isolation = null };
        var items = Described.Items(facts, null);
        Assert.Equal(CheckState.NotTold, items.Single(item => item.Check == "5.4").State);
        Assert.Contains("Not told by this runner", items.Single(item => item.Check == "5.29").Reason);
        // What it always told is judged.
        Assert.Equal(CheckState.Pass, items.Single(item => item.Check == "5.11").State);
        Assert.Equal(CheckState.Pass, items.Single(item => item.Check == "4.1").State);
    }

    [Fact]
    public void Where_there_is_no_SELinux_nothing_is_said_of_its_labels()
    {
        var described = Described.Hardened();
        // Docker's own, for who shares the host's processes.
        described["HostConfig"]!["SecurityOpt"] = JsonNode.Parse("[\"label=disable\"]");
        var items = Described.Items(
            described,
            Described.Engine with
            {
                SecurityOptions = ["name=seccomp,profile=builtin"],
            }
        );
        Assert.Equal(CheckState.NotApplicable, items.Single(item => item.Check == "5.3").State);
    }

    [Fact]
    public void An_engine_that_listens_elsewhere_is_known_by_where_clients_look()
    {
        var described = Described.Hardened();
        described["Mounts"] = JsonNode.Parse(
            Mount("bind", "/srv/engine/d.sock").Replace("/there", "/var/run/docker.sock", StringComparison.Ordinal)
        );
        Assert.Equal(CheckState.Fail, Described.Items(described).Single(item => item.Check == "5.32").State);
    }

    [Fact]
    public void An_older_runners_mounts_still_tell_of_the_engines_socket()
    {
        var described = Described.Hardened();
        described["Mounts"] = JsonNode.Parse(Mount("bind", "/var/run/docker.sock"));
        var facts = Described.Facts(described) with { Isolation = null };
        Assert.Equal(CheckState.Fail, Described.Items(facts, null).Single(item => item.Check == "5.32").State);
    }

    [Fact]
    public void Of_a_container_that_can_not_be_read_nothing_is_said()
    {
        var facts = Described.Facts(Described.Hardened()) with { Isolation = null, Settings = null, Unread = "why" };
        Assert.All(Described.Items(facts, null), item => Assert.Equal(CheckState.NotTold, item.State));
        Assert.Null(Scoring.Of(Described.Items(facts, null)));
    }

    [Fact]
    public void A_critical_item_holds_the_score_below_half()
    {
        var described = Described.Hardened();
        described["Mounts"] = JsonNode.Parse(Mount("bind", "/var/run/docker.sock"));
        Assert.Equal(Scoring.MostWithCritical, Scoring.Of(Described.Items(described)));
        described["HostConfig"]!["PidsLimit"] = 0;
        described["HostConfig"]!["CapDrop"] = null;
        described["Config"]!["User"] = "";
        Assert.True(Scoring.Of(Described.Items(described)) <= Scoring.MostWithCritical);
    }

    [Fact]
    public void Five_hundred_containers_are_examined_within_a_second()
    {
        var facts = Described.Facts(Described.Hardened());
        Described.Items(facts, Described.Engine);
        var began = ProcessorTime.OfThisThread();
        var items = Enumerable.Range(0, 500).Sum(_ => Described.Items(facts, Described.Engine).Count);
        var taken = ProcessorTime.OfThisThread() - began;
        Assert.Equal(500 * Benchmark.OfContainers.Count, items);
        // Four times what is promised, for a machine that is slower.
        Assert.True(taken < TimeSpan.FromSeconds(4), $"{taken}");
    }

    private static string Mount(string type, string source, bool writable = true, string propagation = "rprivate") =>
        $$"""[{"Type": "{{type}}", "Name": "{{source}}", "Source": "{{source}}", "Destination": "/there", "RW": {{(writable ? "true" : "false")}}, "Propagation": "{{propagation}}"}]""";

    private static string Port(string address, string port) =>
        $$"""{"8080/tcp": [{"HostIp": "{{address}}", "HostPort": "{{port}}"}]}""";
}
