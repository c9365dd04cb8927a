using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Graph;

namespace Sevensa.Dashboard.Tests.Features.Reachability;

/// <summary>Flows as a tenant writes them down.</summary>
public class FlowPolicyTests
{
    [Theory]
    [InlineData("api -> db:5432", "api", "db", "5432/tcp")]
    [InlineData("rentguy-api → rentguy-db:5432", "rentguy-api", "rentguy-db", "5432/tcp")]
    [InlineData("  internet->web:*  # the shop", "internet", "web", null)]
    [InlineData("platform/traefik -> web", "platform/traefik", "web", null)]
    [InlineData("* -> dns:53/udp", "*", "dns", "53/udp")]
    public void A_line_is_a_flow(string line, string from, string to, string? port)
    {
        var flow = Assert.Single(FlowPolicy.Read($"# what is meant\n\n{line}\n"));
        Assert.Equal((from, to, port, 3), (flow.From, flow.To, flow.Port, flow.Line));
    }

    [Theory]
    [InlineData("api db", "one flow a line")]
    [InlineData("api -> db -> cache", "one flow a line")]
    [InlineData("-> db", "missing")]
    [InlineData("api -> *", "no name")]
    [InlineData("api -> db:0", "no port")]
    [InlineData("api -> db:70000", "no port")]
    [InlineData("api -> db:5432/icmp", "no port")]
    [InlineData("a b -> db", "no name")]
    public void What_can_not_be_read_is_told_with_its_line(string line, string says)
    {
        var refused = Assert.Throws<UnreadablePolicyException>(() => FlowPolicy.Read($"api -> db\n{line}"));
        Assert.StartsWith("Line 2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_way_into_anothers_service_is_not_ones_own_to_declare()
    {
        Assert.Equal(2, FlowPolicy.ReadFor("rentguy", "platform/traefik -> web\napi -> rentguy/db:5432").Count);
        var refused = Assert.Throws<UnreadablePolicyException>(() =>
            FlowPolicy.ReadFor("rentguy", "api -> db\napi -> platform/postgres:5432")
        );
        Assert.Contains(
            "Line 2: \"platform/postgres\" is no service of rentguy",
            refused.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Whose_service_is_reached_declares_it()
    {
        var db = new FlowEnd(EndKind.Service, "rentguy", "db");
        var api = new FlowEnd(EndKind.Service, "rentguy", "api");
        var stranger = new FlowEnd(EndKind.Service, "witcom", "api");
        var flow = Assert.Single(FlowPolicy.Read("api -> db:5432"));
        Assert.True(flow.Covers("rentguy", api, db, "5432/tcp"));
        Assert.False(flow.Covers("rentguy", api, db, "22/tcp"));
        Assert.False(flow.Covers("rentguy", stranger, db, "5432/tcp"));
        Assert.False(flow.Covers("witcom", api, db, "5432/tcp"));
    }

    [Fact]
    public void What_is_nobodys_is_declared_by_the_name_that_it_is_shown_with()
    {
        var db = new FlowEnd(EndKind.Service, "rentguy", "db");
        var proxy = new FlowEnd(EndKind.Service, null, "proxy");
        var flow = Assert.Single(FlowPolicy.Read($"{proxy.For("rentguy")} -> db"));
        Assert.True(flow.Covers("rentguy", proxy, db, null));
    }

    [Fact]
    public void A_declared_service_is_found_by_each_of_its_names_and_by_no_other()
    {
        var declared = new DeclaredFlows([
            Row("rentguy", "api -> db:5432\n* -> rentguy-cache\nwitcom/web -> rentguy/web:8080\nx -> platform/dns"),
            Row("witcom", ""),
        ]);
        var api = Service("rentguy", "api");
        Assert.True(declared.Covers(api, Service("rentguy", "db"), "5432/tcp"));
        Assert.True(declared.Covers(api, Service("rentguy", "db"), null));
        Assert.False(declared.Covers(api, Service("rentguy", "db"), "22/tcp"));
        Assert.False(declared.Covers(Service("witcom", "api"), Service("rentguy", "db"), "5432/tcp"));
        Assert.True(declared.Covers(FlowEnd.Internet, Service("rentguy", "cache"), "6379/tcp"));
        Assert.True(declared.Covers(Service("witcom", "web"), Service("rentguy", "web"), "8080/tcp"));
        // By the same names, of whom the policy is not.
        Assert.False(declared.Covers(api, Service("witcom", "db"), "5432/tcp"));
        Assert.False(declared.Covers(api, Service("platform", "dns"), null));
        Assert.False(declared.Covers(api, Service(null, "db"), "5432/tcp"));
        Assert.False(declared.Covers(api, new FlowEnd(EndKind.Host, null, "db"), null));
        Assert.False(declared.Covers(api, FlowEnd.Internet, null));

        static FlowEnd Service(string? tenant, string name) => new(EndKind.Service, tenant, name);

        static FlowPolicyRow Row(string tenant, string text) =>
            new()
            {
                Tenant = tenant,
                Text = text,
                SavedBy = "",
                SavedAt = default,
            };
    }
}
