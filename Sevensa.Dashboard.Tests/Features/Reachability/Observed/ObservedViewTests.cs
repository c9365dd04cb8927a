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
            ObservedView.Of(seen, graph, _ => look)
        );
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
            () =>
                Assert.Equal(
                    ["api > db 5432/tcp seen", "db > api any unseen"],
                    Flows(View(Own, "", new HostLook(true, null, Now), Seen(Api, Db, 5432)))
                )
        );

    [Fact]
    public void What_the_graph_does_not_know_is_a_flow_of_its_own_with_its_times()
    {
        var view = View(
            Own,
            "",
            new HostLook(true, null, Now),
            Seen(Api, Db, 22),
            Seen(Api, FlowEnd.Internet, 443),
            Seen(FlowEnd.AddressOf("vps-1"), Api, 8080)
        );
        Assert.Equal(
            [
                "api > db 22/tcp seen",
                "api > db 5432/tcp unseen",
                "api > internet 443/tcp seen",
                "db > api any unseen",
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
        Assert.Contains("db > api any seen", Flows(View(Own, "", new HostLook(true, null, Now), Seen(Db, Api, 8080))));

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
        Assert.False(Assert.Single(findings, finding => finding.To == "api").Observed);
        // Nothing is found in what is not a service's or the internet's way in: nobody could declare it.
        Assert.DoesNotContain(
            View(Own, policy, null, Seen(Api, FlowEnd.Internet, 443), Seen(FlowEnd.PrivateNetwork, Db, 5432))
                .Findings(),
            finding => finding.Observed
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
}
