using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

public class ParameterFieldTests
{
    private static readonly JsonElement Schema = JsonDocument
        .Parse(
            """
            {"type":"object","required":["image"],"properties":{
              "memoryMiB":{"type":"integer","minimum":6,"maximum":1000},
              "cpus":{"type":"number"},
              "image":{"type":"string","maxLength":50,"description":"repo:tag"},
              "onBreach":{"type":"string","enum":["propose","undo"],"default":"propose"},
              "share":{"type":"boolean"},
              "code":{"type":"boolean","default":true},
              "aliases":{"type":"array","items":{"type":"string"}},
              "rule":{"type":"object"}}}
            """
        )
        .RootElement;

    [Fact]
    public void What_is_required_comes_first_and_what_is_left_empty_is_not_sent()
    {
        var fields = ParameterField.Of(Schema);
        Assert.Equal("image", fields[0].Name);
        Assert.Equal("Memory (MiB)", fields.Single(field => field.Name == "memoryMiB").Label);
        Assert.All(fields, field => Assert.Null(field.Value()));
    }

    [Fact]
    public void An_address_fills_in_what_it_names_but_never_what_a_person_types_once_more()
    {
        var fields = ParameterField.Of(
            JsonElement.Parse(
                """{"type":"object","properties":{"instance":{"type":"string"},"typedName":{"type":"string"}}}"""
            )
        );
        var asked = QueryHelpers.ParseQuery("?instance=shared&typedName=shop&kind=database.tenant.drop");
        foreach (var field in fields)
        {
            field.FillIn(asked);
        }
        Assert.Equal("shared", fields.Single(field => field.Name == "instance").Typed);
        Assert.Equal("", fields.Single(field => field.Name == "typedName").Typed);
    }

    [Theory]
    [InlineData("graceSeconds", "10", "grace seconds 10")]
    [InlineData("memoryMiB", "768", "memory (MiB) 768")]
    [InlineData("shareVolumes", "false", "share volumes: no")]
    [InlineData("onBreach", "\"propose\"", "on breach: propose")]
    [InlineData("aliases", "[\"shop\",\"api\"]", "aliases: shop, api")]
    public void A_plan_names_its_parameters_in_words(string name, string value, string words) =>
        Assert.Equal(words, ParameterWords.Of(name, JsonDocument.Parse(value).RootElement));

    [Theory]
    [InlineData("memoryMiB", "400", "400")]
    [InlineData("cpus", "0.5", "0.5")]
    [InlineData("image", " rentguy/api:2 ", "\"rentguy/api:2\"")]
    [InlineData("onBreach", "undo", "\"undo\"")]
    [InlineData("aliases", "a\n b \n\n", "[\"a\",\"b\"]")]
    [InlineData("rule", "{\"expr\":\"up\"}", "{\"expr\":\"up\"}")]
    public void What_is_typed_is_sent_as_the_schema_has_it(string name, string typed, string sent)
    {
        var field = ParameterField.Of(Schema).Single(field => field.Name == name);
        field.Typed = typed;
        Assert.Equal(sent, field.Value()!.ToJsonString());
    }

    [Theory]
    [InlineData("memoryMiB", "4,5")]
    [InlineData("cpus", "half")]
    [InlineData("rule", "{")]
    public void What_can_not_be_read_is_named(string name, string typed)
    {
        var field = ParameterField.Of(Schema).Single(field => field.Name == name);
        field.Typed = typed;
        Assert.StartsWith(
            field.Label,
            Assert.Throws<FormatException>(() => field.Value()).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_tick_is_sent_when_it_is_otherwise_than_usual()
    {
        var fields = ParameterField.Of(Schema).ToDictionary(field => field.Name);
        Assert.True(fields["code"].Ticked);
        (fields["code"].Ticked, fields["share"].Ticked) = (false, true);
        Assert.Equal("false", fields["code"].Value()!.ToJsonString());
        Assert.Equal("true", fields["share"].Value()!.ToJsonString());
    }

    [Fact]
    public async Task What_holds_of_approvals_is_told_with_the_keys_that_say_so()
    {
        await using var shop = new Workshop(options: options =>
        {
            options.ApprovalsForHighRisk = 2;
            options.Rules = [new ApprovalRule { Tenant = "witcom", Reviewers = ["admin"] }];
        });
        var rules = shop.Services.GetRequiredService<IApprovalRules>();
        var lines = rules.OverviewFor(Callers.Operator).Lines;
        Assert.Equal(6, lines.Count);
        var high = lines.Single(line => line is { Tenant: null, Risk: Risk.High });
        Assert.Equal((2, "approver admin"), (high.Approvals, string.Join(' ', high.Reviewers)));
        Assert.Equal(["Actions:ApprovalsForHighRisk"], high.Keys);
        var theirs = lines.Single(line => line is { Tenant: "witcom", Risk: Risk.Low });
        Assert.Equal((1, "admin"), (theirs.Approvals, Assert.Single(theirs.Reviewers)));
        Assert.Equal(["Actions:ApprovalsForLowRisk", "Actions:Rules:0:Reviewers"], theirs.Keys);
        // Who may not see a tenant is not told that it is there.
        Assert.All(rules.OverviewFor(Callers.Viewer).Lines, line => Assert.Null(line.Tenant));
    }
}
