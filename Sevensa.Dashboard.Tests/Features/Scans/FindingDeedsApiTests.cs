using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Owners, due dates, filters and the trend as programs ask for them.</summary>
public sealed class FindingDeedsApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task Who_may_answer_for_a_tenants_findings_is_listed_and_no_client_is_among_them()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var page = await viewer.GetFromJsonAsync<JsonElement>("/api/v1/tenants/rentguy/findings/owners");
        var names = page.GetProperty("items")
            .EnumerateArray()
            .Select(one => one.GetProperty("id").GetString())
            .ToList();
        Assert.NotEmpty(names);
        using var admin = await app.ApiAsAsync("admin");
        var people = (await admin.GetFromJsonAsync<JsonElement>("/api/v1/people")).GetProperty("items");
        foreach (var person in people.EnumerateArray())
        {
            var isStaff = person.GetProperty("role").GetString() != "client";
            var sees =
                person.GetProperty("role").GetString() == "admin"
                || person.GetProperty("tenants").EnumerateArray().Any(tenant => tenant.GetString() == "rentguy");
            Assert.Equal(isStaff && sees, names.Contains(person.GetProperty("id").GetString()));
        }
    }

    [Fact]
    public async Task An_owner_a_comment_and_a_decision_are_given_and_told_again()
    {
        var digest = ScansApi.NewDigest();
        await ScansApi.PostAsync(app, $"digest={digest}&kinds=vulnerability", ScansApi.Trivy("CVE-2050-1"));
        using var admin = await app.ApiAsAsync("admin");
        var id = Assert.Single(await ScansApi.FindingsAsync(app, digest)).GetProperty("id").GetString();
        using var owned = await admin.PutAsJsonAsync($"/api/v1/findings/{id}/owner", new { owner = "me" });
        var finding = await owned.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(owned.IsSuccessStatusCode, finding.ToString());
        Assert.NotEmpty(finding.GetProperty("owner").GetProperty("name").GetString()!);
        Assert.Equal(
            finding.GetProperty("openSince").GetDateTimeOffset().AddDays(7),
            finding.GetProperty("dueAt").GetDateTimeOffset()
        );
        using var nobody = await admin.PutAsJsonAsync(
            $"/api/v1/findings/{id}/owner",
            new { owner = "no such account" }
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, nobody.StatusCode);
        using var many = await admin.PostAsJsonAsync(
            "/api/v1/findings/bulk",
            new
            {
                ids = new[] { id, "nothing" },
                decision = "accept",
                reason = "known",
                comment = "until the next build",
            }
        );
        var done = await many.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((1, 1), (done.GetProperty("changed").GetInt32(), done.GetProperty("refused").GetInt32()));
        var whole = await admin.GetFromJsonAsync<JsonElement>($"/api/v1/findings/{id}");
        Assert.Equal(
            ["assigned", "decided", "commented"],
            whole.GetProperty("history").EnumerateArray().Select(change => change.GetProperty("deed").GetString())
        );
    }

    [Fact]
    public async Task A_trend_is_json_or_a_table_with_a_row_for_each_day()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        const string Days = "/api/v1/tenants/rentguy/findings/trend?from=2020-02-28&to=2020-03-01";
        var trend = await viewer.GetFromJsonAsync<JsonElement>(Days);
        Assert.Equal(3, trend.GetProperty("missing").GetInt32());
        Assert.Equal(JsonValueKind.Null, trend.GetProperty("days")[1].GetProperty("open").ValueKind);
        Assert.Equal("2020-02-29", trend.GetProperty("days")[1].GetProperty("day").GetString());
        var table = await viewer.GetStringAsync($"{Days}&format=csv");
        Assert.Equal(
            "day,critical,high,medium,low,unknown,total,overdue\r\n2020-02-28,,,,,,,\r\n2020-02-29,,,,,,,\r\n2020-03-01,,,,,,,\r\n",
            table
        );
        foreach (
            var wrong in new[] { "from=yesterday", "from=2020-03-02&to=2020-03-01", "from=2010-01-01&to=2020-01-01" }
        )
        {
            using var answer = await viewer.GetAsync($"/api/v1/tenants/rentguy/findings/trend?{wrong}");
            Assert.InRange((int)answer.StatusCode, 400, 422);
        }
    }

    [Fact]
    public async Task Days_of_a_tenant_are_changed_by_operators_alone_and_a_filter_is_kept_for_its_person()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var admin = await app.ApiAsAsync("admin");
        const string Due = "/api/v1/tenants/witcom/findings/due";
        using var refused = await viewer.PutAsJsonAsync(Due, new { critical = 1 });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var changed = await admin.PutAsJsonAsync(Due, new { critical = 1 });
        Assert.True(changed.IsSuccessStatusCode, await changed.Content.ReadAsStringAsync());
        var days = (await viewer.GetFromJsonAsync<JsonElement>(Due)).GetProperty("days");
        Assert.Equal(1, days.GetProperty("critical").GetInt32());
        Assert.Equal(JsonValueKind.Null, days.GetProperty("high").ValueKind);
        using var usual = await admin.DeleteAsync(Due);
        Assert.False((await usual.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("isOwn").GetBoolean());

        using var saved = await viewer.PostAsJsonAsync(
            "/api/v1/findings/filters",
            new
            {
                name = "late",
                tenant = "witcom",
                query = "overdue=true",
            }
        );
        Assert.Equal(HttpStatusCode.Created, saved.StatusCode);
        var id = (await saved.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        using var others = await admin.DeleteAsync($"/api/v1/findings/filters/{id}");
        Assert.Equal(HttpStatusCode.NotFound, others.StatusCode);
        using var own = await viewer.DeleteAsync($"/api/v1/findings/filters/{id}");
        Assert.Equal(HttpStatusCode.NoContent, own.StatusCode);
    }
}
