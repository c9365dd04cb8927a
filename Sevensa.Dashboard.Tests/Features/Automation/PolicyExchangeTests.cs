using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Automation.Exchange;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Automation;

/// <summary>A policy as YAML: nothing is lost on the way out and in, and nothing gets by the door of the form.</summary>
public sealed class PolicyExchangeTests : IAsyncLifetime
{
    private PolicyShop shop = null!;

    private PolicyExchange Exchange => shop.Shop.Services.GetRequiredService<PolicyExchange>();

    public ValueTask InitializeAsync()
    {
        shop = new PolicyShop();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => shop.DisposeAsync();

    private const string Whole = """
        # What is written beside it is for people.
        tenant: rentguy
        name: "12"
        text: restart it when it is stuck
        services: [api, worker]
        trigger:
          kind: metric
          query: queue_length > 10
          words: "its queue: stuck"
        conditions:
          - query: up == 1
            words: it runs
        action:
          kind: container.restart
          parameters: {graceSeconds: 10}
        for: 10m
        cooldown: 1h30m
        rearm: 5m
        budget: {perHour: 2, perDay: 3}
        windows:
          timeZone: Europe/Amsterdam
          allowed:
            - {days: [monday, sunday], from: "22:00", to: "06:00"}
          forbidden:
            - {from: 12:30, to: 13:00}
        outcome: {within: 90s, cleared: false}
        stop: {afterBadOutcomes: 2, whenBudgetSpent: wait}
        agreements: 5
        upTo: low
        """;

    [Fact]
    public async Task Out_and_in_again_nothing_is_lost()
    {
        var saved = Assert.Single(await Exchange.SaveAsync(Callers.Operator, Whole, default));
        Assert.Equal(("added", PolicyStage.Draft, "12"), (saved.Outcome, saved.Stage, saved.Name));
        var kept = await shop.FindAsync(saved.Id!);
        Assert.Equal((5, "5m", "1h30m", "low"), (kept.Agreements, kept.Rearm, kept.Cooldown, Word(kept.UpTo)));
        Assert.Equal(10, kept.Action.Parameters.GetProperty("graceSeconds").GetInt32());
        Assert.Equal([DayOfWeek.Sunday, DayOfWeek.Monday], kept.Windows.Allowed.Single().Days);
        var before = (await shop.Store.FindAsync(saved.Id!, default))!.DefinitionJson;

        var text = await Exchange.OneAsync(Callers.Viewer, saved.Id!, default);
        // It is the same, and saved as such; gone, it is made again as it was.
        Assert.Equal("unchanged", Assert.Single(await Exchange.SaveAsync(Callers.Operator, text, default)).Outcome);
        Assert.Equal(1, (await shop.FindAsync(saved.Id!)).Version);
        await shop.Desk.RemoveAsync(Callers.Operator, saved.Id!, default);
        var again = Assert.Single(await Exchange.SaveAsync(Callers.Operator, text, default));
        Assert.Equal(before, (await shop.Store.FindAsync(again.Id!, default))!.DefinitionJson);
        Assert.Equal(text, await Exchange.OneAsync(Callers.Viewer, again.Id!, default));
        Assert.Equal("restart it when it is stuck", (await shop.FindAsync(again.Id!)).Text);
    }

    [Fact]
    public async Task Nonsense_is_answered_with_all_that_is_wrong_and_its_places()
    {
        Assert.Equal(
            [
                ("action.kind", "is missing."),
                ("bugdet", "is not known here. Take it out, or see the schema for its name."),
                ("for", "is the text \"soon\"; give a duration such as 90s, 10m or 1h30m."),
                ("name", "is missing."),
                ("services", "is the text \"api\"; what is wanted is: array."),
                ("windows.forbidden[1].from", "is the text \"25:00\"; give hours and minutes such as \"02:30\"."),
                ("windows.forbidden[1].to", "is missing."),
            ],
            (
                await FaultsAsync(
                    """
                    tenant: rentguy
                    services: api
                    bugdet: {perDay: 1}
                    trigger: {kind: container, state: unhealthy}
                    action: {target: api}
                    for: soon
                    windows:
                      forbidden:
                        - {from: "01:00", to: "02:00"}
                        - {from: "25:00"}
                    """
                )
            ).Select(fault => (fault.At, fault.Why)).OrderBy(fault => fault.At, StringComparer.Ordinal)
        );
        // What has the right form and still makes no policy: all of it too, and of which.
        Assert.Equal(
            ["policies[1].action.parameters.graceSeconds"],
            (
                await FaultsAsync(
                    """
                    policies:
                      - {tenant: rentguy, name: a, trigger: {kind: container, state: unhealthy}, action: {kind: container.restart}}
                      - {tenant: rentguy, name: b, trigger: {kind: container, state: unhealthy}, action: {kind: container.restart, parameters: {graceSeconds: 9999}}}
                    """
                )
            ).Select(fault => fault.At)
        );
        Assert.Equal(
            [
                "policies[1].budget.perHour",
                "policies[1].conditions[0].query",
                "policies[1].for",
                "policies[1].trigger.query",
                "policies[1].windows.timeZone",
            ],
            (
                await FaultsAsync(
                    """
                    policies:
                      - {tenant: rentguy, name: a, trigger: {kind: container, state: unhealthy}, action: {kind: container.restart}}
                      - tenant: rentguy
                        name: b
                        trigger: {kind: metric, query: "up >"}
                        conditions: [{query: absent(up) > 0}]
                        action: {kind: container.restart}
                        for: 40d
                        budget: {perHour: 5, perDay: 2}
                        windows: {timeZone: Mars/Olympus}
                    """
                )
            ).Select(fault => fault.At).Order(StringComparer.Ordinal)
        );
        // Nothing of the first was kept.
        Assert.Empty((await shop.Desk.PageAsync(Callers.Viewer, null, null, new PageAsked(null, null), default)).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just words")]
    [InlineData("[1, 2]")]
    [InlineData("policies: {}")]
    [InlineData("policies: []")]
    [InlineData("policies: [7]")]
    [InlineData("policies: []\nname: x")]
    [InlineData("a: &x 1\nb: *x")]
    [InlineData("name: {")]
    [InlineData("name: a\nname: b")]
    [InlineData("--- 1\n--- 2")]
    [InlineData(
        "tenant: rentguy\nname: x\ntrigger: {kind: logs, query: '{}', above: 1e999}\naction: {kind: container.restart}"
    )]
    [InlineData("tenant: rentguy\nname: x\ntrigger: {kind: 3}\naction: {kind: [container.restart]}")]
    [InlineData(
        "tenant: rentguy\nname: x\ntrigger: {kind: container, state: unhealthy}\naction: {kind: policy.enforce}"
    )]
    public async Task What_is_no_policy_is_refused_in_words(string yaml) => Assert.NotEmpty(await FaultsAsync(yaml));

    [Fact]
    public async Task An_enforced_policy_goes_back_to_shadow_whichever_way_it_is_saved()
    {
        var policy = await shop.EnforcedAsync(PolicyShop.Wish(lasting: "0s"));
        var text = (await Exchange.OneAsync(Callers.Viewer, policy.Id!, default)).Replace(
            "perDay: 4",
            "perDay: 90",
            StringComparison.Ordinal
        );
        // Who looks at what it would do changes nothing.
        var said = Assert.Single(await Exchange.CheckAsync(Callers.Viewer, text, default));
        Assert.Equal(("changed", PolicyStage.Enforced), (said.Outcome, said.Stage));
        var saved = Assert.Single(await Exchange.SaveAsync(Callers.Operator, text, default));
        Assert.Equal(("changed", PolicyStage.Shadow, 2), (saved.Outcome, saved.Stage, saved.Version));
        shop.Metrics.Answer = (_, at) => ScriptedMetrics.Stuck(at);
        await shop.LookAsync(3);
        Assert.Equal(0, shop.Done);
        // By its address too, if it is as it was looked at.
        await Assert.ThrowsAsync<PolicyConflictException>(() =>
            Exchange.ChangeAsync(Callers.Operator, policy.Id!, text, 1, default)
        );
    }

    [Fact]
    public async Task Who_may_not_write_policies_saves_none_and_of_anothers_tenant_nothing_is_told()
    {
        await Assert.ThrowsAsync<ForbiddenException>(() => Exchange.SaveAsync(Callers.Viewer, Whole, default));
        var policy = await shop.ShadowAsync(PolicyShop.Wish());
        var stranger = Callers.Stranger;
        await Assert.ThrowsAsync<UnknownPolicyException>(() => Exchange.OneAsync(stranger, policy.Id!, default));
        await Assert.ThrowsAsync<UnknownPolicyException>(() =>
            Exchange.ChangeAsync(stranger, policy.Id!, "nonsense", null, default)
        );
        Assert.Equal("policies: []", (await Exchange.AllAsync(stranger, null, default)).Trim());
    }

    [Fact]
    public void The_schema_knows_every_kind_and_the_parameters_of_each()
    {
        var schema = JsonNode.Parse(shop.Shop.Services.GetRequiredService<PolicySchema>().Text.GetRawText())!;
        var kinds = schema["properties"]!["action"]!["properties"]!["kind"]!["enum"]!
            .AsArray()
            .Select(kind => kind!.GetValue<string>())
            .ToList();
        Assert.Contains("container.restart", kinds);
        Assert.DoesNotContain(kinds, kind => kind.StartsWith("policy.", StringComparison.Ordinal));
        // Whatever the program's own words for stages and states are, the schema has them.
        foreach (var (member, words) in new[] { ("kind", Words<TriggerKind>()), ("state", Words<ContainerTrouble>()) })
        {
            Assert.Equal(
                words,
                schema["properties"]!["trigger"]!["properties"]![member]!["enum"]!
                    .AsArray()
                    .Select(word => word!.GetValue<string>())
            );
        }
    }

    private async Task<IReadOnlyList<PolicyFault>> FaultsAsync(string yaml) =>
        (await Assert.ThrowsAsync<UnfitPolicyException>(() => Exchange.SaveAsync(Callers.Operator, yaml, default))).All;

    private static IEnumerable<string> Words<T>()
        where T : struct, Enum => Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName);

    private static string Word(Risk risk) => JsonNamingPolicy.CamelCase.ConvertName(risk.ToString());
}
