using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Workflows;

/// <summary>Whose workflows can be planned to run, and which can't be run at all.</summary>
public sealed class PlannedRunTests : IAsyncLifetime
{
    private N8nGround n8n = null!;

    public async ValueTask InitializeAsync() => n8n = await N8nGround.OpenAsync();

    public ValueTask DisposeAsync() => n8n.DisposeAsync();

    private async Task<string> RefusedAsync(
        string tenant,
        string target,
        string parameters = """{"waitSeconds": 5}""",
        Caller? caller = null
    ) =>
        (
            await Assert.ThrowsAsync<CannotPlanException>(() => n8n.PlanAsync(tenant, target, parameters, caller))
        ).Message;

    [Fact]
    public async Task Only_those_with_the_tenants_tag_are_the_tenants()
    {
        var own = n8n.Flow("mails", "rentguy");
        n8n.Flow("invoices", "witcom");
        var both = n8n.Flow("shared", "rentguy");
        n8n.N8n.Tag(both, "tenant:witcom");
        n8n.Flow("untagged", null);
        n8n.Flow("strange", "nobody");
        Assert.Equal("mails", (await n8n.PlanAsync("rentguy", own.Id)).Plan.Target);
        Assert.Equal("mails", (await n8n.PlanAsync("rentguy", "MAILS")).Plan.Target);
        foreach (var other in (string[])["invoices", "shared", "untagged", "strange"])
        {
            var refused = await RefusedAsync("rentguy", other);
            Assert.Contains($"There is mails ({own.Id})", refused, StringComparison.Ordinal);
        }
        // What is nobody's is the platform's, for those over all tenants.
        Assert.Equal("untagged", (await n8n.PlanAsync("platform", "untagged")).Plan.Target);
        Assert.Equal("shared", (await n8n.PlanAsync("platform", "shared")).Plan.Target);
        Assert.Contains(
            "It has none",
            await RefusedAsync("platform", "untagged", caller: N8nGround.Person("platform", "rentguy")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_name_that_two_have_takes_the_id()
    {
        var one = n8n.Flow("mails", "rentguy", path: "a");
        n8n.Flow("mails", "rentguy", path: "b");
        Assert.Contains("2 workflows have that name", await RefusedAsync("rentguy", "mails"), StringComparison.Ordinal);
        Assert.Equal("mails", (await n8n.PlanAsync("rentguy", one.Id)).Plan.Target);
    }

    [Fact]
    public async Task What_cannot_be_called_says_why()
    {
        n8n.Flow("off", "rentguy", active: false);
        n8n.Flow("get", "rentguy", method: "GET");
        n8n.Flow("filled", "rentguy", path: "orders/:id");
        n8n.Flow("up", "rentguy", path: "../rest/login");
        n8n.Flow("basic", "rentguy", authentication: "basicAuth");
        (string Name, string Why)[] all =
        [
            ("off", "not active"),
            ("get", "listens to GET"),
            ("filled", "parts that are filled in"),
            ("up", "parts that are filled in"),
            ("basic", "wants basicAuth"),
        ];
        foreach (var (name, why) in all)
        {
            Assert.Contains(why, await RefusedAsync("rentguy", name), StringComparison.Ordinal);
        }
        n8n.Set.WebhookSecretFile = null;
        n8n.Flow("guarded", "rentguy", authentication: "headerAuth");
        Assert.Contains("N8n:WebhookSecretFile", await RefusedAsync("rentguy", "guarded"), StringComparison.Ordinal);
        Assert.Contains(
            "N8n:McpKeyFile",
            await RefusedAsync("rentguy", "get", """{"by": "mcp", "waitSeconds": 5}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task An_input_that_is_too_long_and_a_trigger_that_is_not_there_are_refused()
    {
        n8n.Flow("mails", "rentguy");
        var much = new string('x', 17_000);
        Assert.Contains(
            "at most 16000",
            await RefusedAsync("rentguy", "mails", $$"""{"input": {"a": "{{much}}"}, "waitSeconds": 5}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "There is \"Webhook\"",
            await RefusedAsync("rentguy", "mails", """{"trigger": "Elsewhere", "waitSeconds": 5}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_version_that_could_not_be_published_is_told_in_the_plan()
    {
        var flow = n8n.Flow("mails", "rentguy");
        flow.Change("mails", [], [], [], n8n.N8n.Now);
        var plan = (await n8n.PlanAsync("rentguy", "mails")).Plan;
        Assert.Contains(plan.Changes, change => change.After!.Contains("draft differs", StringComparison.Ordinal));
        Assert.Equal(flow.Active!.Value.Version, plan.Steps[1].Arguments!.Value.GetProperty("version").GetString());
    }
}
