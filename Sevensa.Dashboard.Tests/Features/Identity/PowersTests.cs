using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Who can do this, and what can this person do: as it is decided, not as it is said somewhere.</summary>
[Collection(SandboxCollection.Name)]
public sealed class PowersTests(SandboxApp app)
{
    [Fact]
    public async Task Who_may_approve_in_a_tenant_is_told_with_what_acts_in_their_name()
    {
        var approver = await MadePerson.MakeAsync(app, "may-approve", "approver", "rentguy");
        var operators = await MadePerson.MakeAsync(app, "may-propose", "operator", "rentguy", "witcom");
        using var token = await operators.PersonalAsync("read", "propose");
        var program = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");

        var high = await WhoAsync("approveHighRisk", "rentguy");
        Assert.Contains(high, one => one.Id == approver.Id && one.Kind == "person");
        Assert.DoesNotContain(high, one => one.PersonId == operators.Id);
        Assert.DoesNotContain(await WhoAsync("approveHighRisk", "witcom"), one => one.PersonId == approver.Id);

        var propose = await WhoAsync("propose", "rentguy");
        Assert.Contains(propose, one => one.Id == program.Id && one.Kind == "program");
        Assert.Contains(propose, one => one.PersonId == operators.Id && one.Kind == "token");
        Assert.Contains(propose, one => one.PersonId == operators.Id && one.Kind == "programForPeople");
        // What a token was not given it can't do, whoever's it is; a program never approves.
        var low = await WhoAsync("approve", "rentguy");
        Assert.Equal(
            ["person"],
            low.Where(one => one.PersonId == operators.Id && one.Kind != "programForPeople").Select(one => one.Kind)
        );
        Assert.DoesNotContain(low, one => one.Id == program.Id);
    }

    [Fact]
    public async Task What_a_person_may_is_told_and_nothing_of_who_is_disabled()
    {
        var person = await MadePerson.MakeAsync(app, "may-what", "operator", "rentguy");
        using var token = await person.PersonalAsync("read");
        using var admin = await app.ApiAsAsync("admin");
        var what = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/people/{person.Id}/powers");
        Assert.Equal(
            ["portal", "read", "propose", "handleAlerts", "arrange", "approve", "scansWrite"],
            what.GetProperty("powers").EnumerateArray().Select(one => one.GetProperty("power").GetString())
        );
        Assert.Contains(
            what.GetProperty("inTheirName").EnumerateArray(),
            one => one.GetProperty("kind").GetString() == "token"
        );
        await SandboxApp.GoodAsync(admin.PostAsync($"/api/v1/people/{person.Id}/disable", null));
        var after = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/people/{person.Id}/powers");
        Assert.Equal(0, after.GetProperty("powers").GetArrayLength());
        Assert.Equal(0, after.GetProperty("inTheirName").GetArrayLength());
        Assert.DoesNotContain(await WhoAsync("read", "rentguy"), one => one.PersonId == person.Id);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        using var admin = await app.ApiAsAsync("admin");
        foreach (
            var path in new[] { "powers/fly/tenants/rentguy", "powers/read/tenants/nowhere", "people/nobody/powers" }
        )
        {
            using var answer = await admin.GetAsync($"/api/v1/{path}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    private async Task<List<(string Kind, string Id, string? PersonId)>> WhoAsync(string power, string tenant)
    {
        using var admin = await app.ApiAsAsync("admin");
        var answer = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/powers/{power}/tenants/{tenant}");
        return
        [
            .. answer
                .GetProperty("holders")
                .EnumerateArray()
                .Select(one =>
                    (
                        one.GetProperty("kind").GetString()!,
                        one.GetProperty("id").GetString()!,
                        one.GetProperty("personId").GetString()
                    )
                ),
        ];
    }
}
