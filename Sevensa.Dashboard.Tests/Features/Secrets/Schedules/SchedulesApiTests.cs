using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Schedules;

public class SchedulesApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Rentguy = "/api/v1/tenants/rentguy/secrets/schedules";

    private static JsonObject Rule(string name = "nights") =>
        new()
        {
            ["name"] = name,
            ["secrets"] = new JsonArray("api/*"),
            ["everyDays"] = 60,
            ["timeZone"] = "Europe/Amsterdam",
            ["windows"] = new JsonArray(
                new JsonObject
                {
                    ["days"] = new JsonArray("saturday"),
                    ["from"] = "02:00",
                    ["to"] = "04:00",
                }
            ),
        };

    private static JsonObject Set(params JsonObject[] rules) => new() { ["items"] = new JsonArray([.. rules]) };

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(
        HttpClient client,
        JsonNode body,
        string address = Rentguy
    )
    {
        using var answer = await client.PutAsJsonAsync(address, body);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    [Fact]
    public async Task What_is_answered_can_be_sent_back_and_changes_nothing()
    {
        using var person = await app.ApiAsAsync("operator");
        var (status, set) = await PutAsync(person, Set(Rule(), Rule("second")));
        Assert.True(status == HttpStatusCode.OK, set.ToString());
        Assert.Equal(
            ["nights", "second"],
            set.GetProperty("items").EnumerateArray().Select(one => one.GetProperty("name").GetString())
        );
        var first = set.GetProperty("items")[0];
        Assert.Equal("propose", first.GetProperty("mode").GetString());
        Assert.Equal("saturday", first.GetProperty("windows")[0].GetProperty("days")[0].GetString());
        Assert.NotEqual(JsonValueKind.Null, first.GetProperty("state").GetProperty("opensAt").ValueKind);
        var (again, same) = await PutAsync(person, JsonNode.Parse(set.ToString())!);
        Assert.True(again == HttpStatusCode.OK, same.ToString());
        Assert.Equal(set.ToString(), same.ToString());

        using var viewer = await app.ApiAsAsync("viewer");
        var read = await viewer.GetFromJsonAsync<JsonElement>($"{Rentguy}?limit=1");
        Assert.Equal(1, read.GetProperty("items").GetArrayLength());
        Assert.NotNull(read.GetProperty("next").GetString());

        using var admin = await app.ApiAsAsync("admin");
        var record = await admin.GetFromJsonAsync<JsonElement>(
            "/api/v1/audit?tenant=rentguy&action=secret.schedules.set"
        );
        Assert.Equal("nights", record.GetProperty("items")[0].GetProperty("after")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Of_two_who_change_the_same_rules_the_second_is_told()
    {
        using var person = await app.ApiAsAsync("operator");
        var (_, set) = await PutAsync(person, Set(Rule()), "/api/v1/tenants/witcom/secrets/schedules");
        var stale = Set(Rule("other"));
        stale["revision"] = set.GetProperty("revision").GetInt32() - 1;
        var (status, told) = await PutAsync(person, stale, "/api/v1/tenants/witcom/secrets/schedules");
        Assert.Equal((HttpStatusCode.Conflict, "changedMeanwhile"), (status, told.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("secrets", """["../witcom/psra-api"]""")]
    [InlineData("secrets", """["api/*/database"]""")]
    [InlineData("secrets", "[]")]
    [InlineData("timeZone", "\"Amsterdam/Europe\"")]
    [InlineData("windows", """[{"days": [], "from": "2:00", "to": "04:00"}]""")]
    [InlineData("windows", """[{"days": [], "from": "25:00", "to": "04:00"}]""")]
    [InlineData("jitterMinutes", "-1")]
    [InlineData("everyDays", "0")]
    [InlineData("name", "\" \"")]
    [InlineData("id", "\"unknown\"")]
    public async Task What_no_rule_can_be_is_told_with_its_place(string member, string value)
    {
        using var person = await app.ApiAsAsync("operator");
        var wrong = Rule();
        wrong[member] = JsonNode.Parse(value);
        var (status, told) = await PutAsync(person, Set(Rule("well"), wrong));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("items[1]", told.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_at_all_is_not_taken_for_no_rules()
    {
        using var person = await app.ApiAsAsync("operator");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PutAsync(person, new JsonObject())).Status);
    }

    [Fact]
    public async Task High_risk_is_never_done_and_a_program_never_does()
    {
        var done = Rule();
        done["mode"] = "do";
        using var program = await app.ApiAsAsync("automation");
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await PutAsync(program, Set(JsonNode.Parse(done.ToJsonString())!.AsObject()))).Status
        );
        Assert.Equal(HttpStatusCode.OK, (await PutAsync(program, Set(Rule()))).Status);
        using var admin = await app.ApiAsAsync("admin");
        done["upTo"] = "high";
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PutAsync(admin, Set(done))).Status);
    }

    [Fact]
    public async Task They_are_their_tenants_own_and_staffs()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        Assert.Equal(HttpStatusCode.Forbidden, (await PutAsync(viewer, Set(Rule()))).Status);
        using var client = await app.ApiAsAsync("client-rentguy");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(Rentguy)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/api/v1/secrets/calendar")).StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await admin.GetAsync("/api/v1/tenants/nobody/secrets/schedules")).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await admin.GetAsync("/api/v1/secrets/calendar?tenant=nobody")).StatusCode
        );
    }

    [Fact]
    public async Task The_calendar_is_of_all_tenants_or_of_one_in_the_order_of_time()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var all = await viewer.GetFromJsonAsync<JsonElement>("/api/v1/secrets/calendar?days=366");
        var times = all.GetProperty("items")
            .EnumerateArray()
            .Select(one => one.GetProperty("at").GetDateTimeOffset())
            .ToList();
        Assert.NotEmpty(times);
        Assert.Equal(times.Order(), times);
        Assert.Contains(
            all.GetProperty("items").EnumerateArray(),
            one => one.GetProperty("path").GetString() == "psra-api/database" && one.GetProperty("overdue").GetBoolean()
        );
        var one = await viewer.GetFromJsonAsync<JsonElement>("/api/v1/secrets/calendar?tenant=witcom&days=366");
        Assert.All(
            one.GetProperty("items").EnumerateArray(),
            item => Assert.Equal("witcom", item.GetProperty("tenant").GetString())
        );
        Assert.Equal(HttpStatusCode.BadRequest, (await viewer.GetAsync("/api/v1/secrets/calendar?days=0")).StatusCode);
    }
}
