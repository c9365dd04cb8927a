using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Reachability.Observed;

/// <summary>Connections that were made, beside what is possible and what is declared.</summary>
public class ObservedViewTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly FlowEnd Api = new(EndKind.Service, "a", "api");
    private static readonly FlowEnd Db = new(EndKind.Service, "a", "db");
    private static readonly FlowEnd Foreign = new(EndKind.Service, "b", "web");

    private static readonly HostedContainer[] Running =
    [
        FlowGraphTests.Container("a", "api", ["one"]),
        FlowGraphTests.Container("a", "db", ["one"], exposed: ["5432/tcp"]),
        FlowGraphTests.Container("b", "web", ["two"]),
    ];

    private static SeenFlow Seen(FlowEnd from, FlowEnd to, int port, int hoursAgo = 1) =>
        new(from, to, $"{port}/tcp", Now.AddHours(-hoursAgo), Now.AddHours(-hoursAgo));

    /// <summary>All are looked at, for a week and a day when nothing else is said.</summary>
    private static HostLook Whole(DateTimeOffset? since = null, params HostedContainer[] running) =>
        new(
            true,
            null,
            Now,
            Running
                .Concat(running)
                .DistinctBy(one => one.Facts.Id)
                .ToDictionary(one => one.Facts.Id, _ => since ?? Now.AddDays(-8))
        );

    private static TenantView View(Caller caller, string policy, HostLook? look, params SeenFlow[] seen)
    {
        var graph = FlowGraph.Of(Running);
        return new TenantView(
            new TenantEyes(caller, "a"),
            graph,
            new DeclaredFlows([
                new FlowPolicyRow
                {
                    Tenant = "a",
                    Text = policy,
                    SavedBy = "",
                    SavedAt = Now,
                },
            ]),
            new ObservedView(seen, graph, _ => look, Now.AddDays(-7), new HashSet<string?>())
        );
    }

    /// <summary>The one flow between two of these, of which none was seen.</summary>
    private static ReachabilityFlow Unused(
        HostedContainer[] running,
        string from,
        string to,
        HostLook? look,
        string? leftOut = null,
        Caller? caller = null
    )
    {
        var graph = FlowGraph.Of(running);
        var view = new TenantView(
            new TenantEyes(caller ?? Callers.Admin, "a"),
            graph,
            new DeclaredFlows([]),
            new ObservedView(
                [],
                graph,
                _ => look,
                Now.AddDays(-7),
                leftOut is null ? new HashSet<string?>() : new HashSet<string?> { leftOut }
            )
        );
        return Assert.Single(view.Flows(null), flow => flow.From == from && flow.To == to);
    }

    private static readonly Caller Own = Callers.Person("own", Role.Operator, "a");

    private static string[] Flows(TenantView view) =>
        [
            .. view.Flows(null)
                .Select(flow =>
                    $"{flow.From} > {flow.To} {flow.Port ?? "any"} {(flow.Observed is { } seen ? seen ? "seen" : "unseen" : "?")}{(flow.Possible ? "" : " impossible")}"
                )
                .Order(StringComparer.Ordinal),
        ];

    [Fact]
    public void Seen_not_seen_and_not_told_are_three() =>
        Assert.Multiple(
            () => Assert.Equal(["api > db 5432/tcp ?", "db > api any ?"], Flows(View(Own, "", null))),
            () =>
                Assert.Equal(
                    ["api > db 5432/tcp seen", "db > api any ?"],
                    Flows(View(Own, "", new HostLook(false, "why", Now), Seen(Api, Db, 5432)))
                ),
            () => Assert.Equal(["api > db 5432/tcp unseen", "db > api any ?"], Flows(View(Own, "", Whole()))),
            () =>
                Assert.Equal(
                    ["api > db 5432/tcp seen", "db > api any ?"],
                    Flows(View(Own, "", Whole(), Seen(Api, Db, 5432)))
                )
        );

    [Fact]
    public void No_is_told_of_two_that_are_looked_at_for_the_whole_week_and_of_no_others()
    {
        var (one, part) = (Unused(Running, "api", "db", Whole()), Whole().Looked!.ToDictionary());
        Assert.Equal((false, null), (one.Observed, one.ObservedWhy));
        Is(Unseen.TooShort, Running, Whole(Now));
        Is(Unseen.TooShort, Running, Whole(Now.AddDays(-7).AddSeconds(1)));
        Is(Unseen.NotTold, Running, null);
        // A runner that does not say whose connections it reads.
        Is(Unseen.NotRead, Running, new HostLook(true, null, Now.AddDays(-30)));
        part.Remove(Running[1].Facts.Id);
        Is(Unseen.NotRead, Running, new HostLook(true, null, Now, part));
        Is(Unseen.NotConnected, [Running[0], Running[1] with { HostConnected = false }], Whole());
        // Of whose flows some are left out, this may be one.
        Assert.Equal(Unseen.NoRoom, Unused(Running, "api", "db", Whole(), leftOut: "a").ObservedWhy);
        Assert.False(Unused(Running, "api", "db", Whole(), leftOut: "b").Observed);

        static void Is(string why, HostedContainer[] running, HostLook? look)
        {
            var flow = Unused(running, "api", "db", look);
            Assert.Equal((null, why), (flow.Observed, flow.ObservedWhy));
        }
    }

    public static TheoryData<string, string, string> Hidden =>
        new()
        {
            { "udp", "api", Unseen.NotTcp },
            { "any port", "api", Unseen.AnyPort },
            { "published", "api", Unseen.Published },
            { "published too", "api", Unseen.Published },
            { "published", "internet", Unseen.Outside },
            { "far", "api", Unseen.Far },
            { "host network", "api", Unseen.HostNetwork },
            { "namespace", "api", Unseen.SharedNamespace },
            { "overlay", "api", Unseen.Overlay },
            { "unknown network", "api", Unseen.UnknownNetwork },
            { "traefik", "internet", Unseen.Proxied },
        };

    [Theory]
    [MemberData(nameof(Hidden))]
    public void Of_a_way_that_nobody_sees_no_is_never_told(string way, string from, string why)
    {
        var api = FlowGraphTests.Container("a", "api", ["one"]);
        HostedContainer[] running = way switch
        {
            "udp" => [api, FlowGraphTests.Container("a", "db", ["one"], ["53/udp"])],
            "any port" => [api, FlowGraphTests.Container("a", "db", ["one"])],
            "published" => [api, FlowGraphTests.Container("a", "db", ["two"], ports: ["0.0.0.0:80->80/tcp"])],
            "published too" => [api, FlowGraphTests.Container("a", "db", ["one"], ports: ["0.0.0.0:80->80/tcp"])],
            "far" => [api, FlowGraphTests.Container("a", "db", ["two"], ports: ["0.0.0.0:80->80/tcp"], host: "vps-2")],
            "host network" => [api, FlowGraphTests.Container("a", "db", ["host"], ["80/tcp"], mode: "host")],
            "namespace" => [api, FlowGraphTests.Container("a", "db", exposed: ["80/tcp"], mode: "container:a-api-1")],
            "traefik" =>
            [
                FlowGraphTests.Container("p", "traefik", ["one"], image: "traefik:v3.1"),
                FlowGraphTests.Container(
                    "a",
                    "db",
                    ["one"],
                    labels: new Dictionary<string, string>
                    {
                        ["traefik.http.routers.db.rule"] = "Host(`a.example`)",
                        ["traefik.http.services.db.loadbalancer.server.port"] = "80",
                    }
                ),
            ],
            _ =>
            [
                In(way == "overlay" ? "overlay" : "", api),
                In(way == "overlay" ? "overlay" : "", FlowGraphTests.Container("a", "db", ["one"], ["80/tcp"])),
            ],
        };
        var flow = Unused(running, from, "db", Whole(null, running));
        Assert.Equal((null, why), (flow.Observed, flow.ObservedWhy));

        static HostedContainer In(string driver, HostedContainer container) =>
            container with
            {
                Facts = container.Facts with
                {
                    Isolation = container.Facts.Isolation! with
                    {
                        Endpoints =
                        [
                            .. container.Facts.Isolation.Endpoints.Select(endpoint =>
                                endpoint with
                                {
                                    Driver = driver,
                                }
                            ),
                        ],
                    },
                },
            };
    }

    [Fact]
    public void Why_nothing_is_known_of_another_tenant_s_service_is_for_who_sees_that_tenant()
    {
        HostedContainer[] running =
        [
            FlowGraphTests.Container("a", "db", ["one"], ["5432/tcp"]),
            FlowGraphTests.Container("b", "web", ["one"]),
        ];
        Assert.Equal(Unseen.TooShort, Unused(running, "b/web", "db", Whole(Now, running)).ObservedWhy);
        Assert.Equal(
            Unseen.Hidden,
            Unused(running, "another tenant", "db", Whole(Now, running), caller: Own).ObservedWhy
        );
    }

    [Fact]
    public void What_the_graph_does_not_know_is_a_flow_of_its_own_with_its_times()
    {
        var view = View(
            Own,
            "",
            Whole(),
            Seen(Api, Db, 22),
            Seen(Api, FlowEnd.Internet, 443),
            Seen(FlowEnd.AddressOf("vps-1"), Api, 8080)
        );
        Assert.Equal(
            [
                "api > db 22/tcp seen",
                "api > db 5432/tcp unseen",
                "api > internet 443/tcp seen",
                "db > api any ?",
                "vps-1's own address > api 8080/tcp seen",
            ],
            Flows(view)
        );
        var ssh = Assert.Single(view.Flows(null), flow => flow.Port == "22/tcp");
        Assert.Equal((Now.AddHours(-1), Now.AddHours(-1)), (ssh.ObservedFirst, ssh.ObservedLast));
        // The way that leads to the other port leads to this one too.
        Assert.Equal(["network one"], ssh.Ways);
        Assert.Equal(3, view.Flows(Api).Count);
    }

    [Fact]
    public void Any_port_was_seen_when_one_was() =>
        Assert.Contains("db > api any seen", Flows(View(Own, "", Whole(), Seen(Db, Api, 8080))));

    [Fact]
    public void What_was_used_and_is_not_declared_is_found_and_what_is_declared_is_not()
    {
        const string policy = "api -> db:5432";
        var findings = View(Own, policy, null, Seen(Api, Db, 5432), Seen(Api, Db, 22)).Findings();
        var found = Assert.Single(findings, finding => finding.Port == "22/tcp");
        Assert.Equal(
            (ReachabilityFindingKind.Undeclared, "api", "db", true),
            (found.Kind, found.From, found.To, found.Observed)
        );
        Assert.Contains("the last on 2026-11-23 11:00 UTC", found.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(findings, finding => finding.Port == "5432/tcp");
        // It was not looked at for long enough to say that nothing was.
        Assert.Null(Assert.Single(findings, finding => finding.To == "api").Observed);
        // Nothing is found in what is not a service's or the internet's way in: nobody could declare it.
        Assert.DoesNotContain(
            View(Own, policy, null, Seen(Api, FlowEnd.Internet, 443), Seen(FlowEnd.PrivateNetwork, Db, 5432))
                .Findings(),
            finding => finding.Observed == true
        );
        Assert.DoesNotContain(View(Own, "", null, Seen(Api, Db, 22)).Findings(), finding => finding.From == "api");
    }

    [Fact]
    public void What_was_declared_and_used_is_not_called_impossible()
    {
        const string policy = "api -> db\ndb -> api\napi -> db:9999";
        Assert.Equal(ReachabilityFindingKind.Impossible, Assert.Single(View(Own, policy, null).Findings()).Kind);
        Assert.Empty(View(Own, policy, null, Seen(Api, Db, 9999)).Findings());
    }

    [Fact]
    public void Another_tenant_s_name_is_read_by_who_sees_that_tenant_alone()
    {
        var seen = Seen(Foreign, Db, 5432);
        var view = View(Own, "", null, seen);
        var finding = Assert.Single(view.Findings());
        Assert.Equal((ReachabilityFindingKind.CrossTenant, "another tenant"), (finding.Kind, finding.From));
        Assert.Contains("another tenant > db 5432/tcp seen impossible", Flows(view));
        Assert.DoesNotContain("web", $"{finding}{string.Concat(Flows(view))}", StringComparison.Ordinal);
        Assert.Equal("b/web", Assert.Single(View(Callers.Admin, "", null, seen).Findings()).From);
    }

    [Fact]
    public void Several_of_tenants_that_are_not_seen_are_one_and_are_several_to_who_sees_them()
    {
        SeenFlow[] seen =
        [
            Seen(Foreign, Db, 5432, hoursAgo: 3),
            Seen(new FlowEnd(EndKind.Service, "c", "worker"), Db, 5432),
        ];
        const string policy = "b/web -> db";
        var own = Assert.Single(View(Own, policy, null, seen).Flows(null), flow => flow.From == "another tenant");
        Assert.Equal((Now.AddHours(-3), Now.AddHours(-1)), (own.ObservedFirst, own.ObservedLast));
        // One of the two is declared: not both are.
        Assert.False(own.Declared);
        Assert.Equal(
            ["b/web True", "c/worker False"],
            View(Callers.Admin, policy, null, seen)
                .Flows(null)
                .Where(flow => flow.CrossTenant)
                .Select(flow => $"{flow.From} {flow.Declared}")
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void A_service_that_is_named_as_the_internet_is_makes_no_two_flows_of_one_name()
    {
        SeenFlow[] seen =
        [
            Seen(FlowEnd.Internet, Db, 5432, hoursAgo: 3),
            Seen(new FlowEnd(EndKind.Service, "a", "internet"), Db, 5432),
        ];
        var flow = Assert.Single(View(Own, "", null, seen).Flows(null), one => one.From == "internet");
        Assert.Equal((Now.AddHours(-3), Now.AddHours(-1)), (flow.ObservedFirst, flow.ObservedLast));
    }
}
