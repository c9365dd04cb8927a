using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Dashboards;

[Collection(SandboxCollection.Name)]
public sealed class BoardApiTests(SandboxApp app)
{
    private const string Root = "/api/v1/tenants/rentguy/dashboards";
    private const string Small =
        """{"title":"Small","panels":[{"id":1,"type":"stat","title":"up","targets":[{"expr":"up"}]},{"id":2,"type":"geomap","title":"map"}]}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_operator_imports_reads_changes_and_deletes_a_dashboard_and_the_record_tells()
    {
        using var api = await app.ApiAsAsync("operator");
        using var imported = await PostAsync(api, $"{Root}/import", Small);
        Assert.Equal(HttpStatusCode.Created, imported.StatusCode);
        var board = await JsonAsync(imported);
        var id = board["id"]!.GetValue<string>();
        Assert.Equal($"{Root}/{id}", imported.Headers.Location!.ToString());
        Assert.Equal((2, 1, 1), (Number(board["panels"]), Number(board["shown"]), Number(board["version"])));
        Assert.Equal(
            "Panels of type geomap are not drawn here.",
            board["unsupported"]![0]!["reason"]!.GetValue<string>()
        );

        var listed = await api.GetFromJsonAsync<JsonNode>(Root, Cancellation);
        Assert.Contains(listed!["items"]!.AsArray(), one => one!["id"]!.GetValue<string>() == id);

        // What was read can be changed and sent back as it is.
        var read = (await api.GetFromJsonAsync<JsonNode>($"{Root}/{id}", Cancellation))!;
        read["dashboard"]!["title"] = "Smaller";
        using var saved = await api.PutAsJsonAsync($"{Root}/{id}", read, Cancellation);
        Assert.Equal(HttpStatusCode.OK, saved.StatusCode);
        Assert.Equal(2, Number((await JsonAsync(saved))["version"]));

        // The same again is of a version that is no longer there.
        using var late = await api.PutAsJsonAsync($"{Root}/{id}", read, Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        var conflict = await JsonAsync(late);
        Assert.Equal(("conflict", 2), (conflict["code"]!.GetValue<string>(), Number(conflict["version"])));
        var versions = await api.GetFromJsonAsync<JsonNode>($"{Root}/{id}/versions", Cancellation);
        Assert.Equal([2, 1], versions!["items"]!.AsArray().Select(one => Number(one!["version"])));
        var first = await api.GetFromJsonAsync<JsonNode>($"{Root}/{id}/versions/1", Cancellation);
        Assert.Equal("Small", first!["dashboard"]!["title"]!.GetValue<string>());

        var exported = await api.GetStringAsync($"{Root}/{id}/export", Cancellation);
        using var again = await PostAsync(api, $"{Root}/import", exported);
        var copy = await JsonAsync(again);
        Assert.Equal(JsonNode.Parse(exported)!.ToJsonString(), copy["dashboard"]!.ToJsonString());

        using var deleted = await api.DeleteAsync($"{Root}/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        using var gone = await api.GetAsync($"{Root}/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var audit = await api.GetFromJsonAsync<JsonNode>($"/api/v1/audit?target={id}", Cancellation);
        Assert.Equal(
            ["dashboard.deleted", "dashboard.saved", "dashboard.imported"],
            audit!["items"]!.AsArray().Select(row => row!["action"]!.GetValue<string>())
        );
    }

    [Fact]
    public async Task Two_who_save_at_once_lose_nothing()
    {
        using var api = await app.ApiAsAsync("operator");
        using var made = await PostAsync(api, Root, """{"dashboard":{"sevensaDashboard":1,"title":"Both"}}""");
        var read = await JsonAsync(made);
        var id = read["id"]!.GetValue<string>();
        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(number =>
                {
                    var mine = read.DeepClone();
                    mine["dashboard"]!["title"] = $"Both {number}";
                    return api.PutAsJsonAsync($"{Root}/{id}", mine, Cancellation);
                })
        );
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        var kept = await api.GetFromJsonAsync<JsonNode>($"{Root}/{id}", Cancellation);
        Assert.Equal(2, Number(kept!["version"]));
    }

    [Theory]
    [InlineData("viewer", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("approver", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("operator", HttpStatusCode.OK, HttpStatusCode.Created)]
    [InlineData("admin", HttpStatusCode.OK, HttpStatusCode.Created)]
    [InlineData("client-rentguy", HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData("client-witcom", HttpStatusCode.NotFound, HttpStatusCode.NotFound)]
    public async Task Each_role_may_what_it_may(string person, HttpStatusCode list, HttpStatusCode import)
    {
        using var api = await app.ApiAsAsync(person);
        using var listed = await api.GetAsync(Root, Cancellation);
        Assert.Equal(list, listed.StatusCode);
        using var imported = await PostAsync(api, $"{Root}/import", Small);
        Assert.Equal(import, imported.StatusCode);
    }

    [Fact]
    public async Task Without_a_token_with_a_narrow_one_or_of_an_unknown_tenant_nothing_is_told()
    {
        using var nobody = app.Anonymous();
        using var refused = await nobody.GetAsync(Root, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var reader = await app.ApiAsAsync("operator", "read");
        using var write = await PostAsync(reader, $"{Root}/import", Small);
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
        using var admin = await app.ApiAsAsync("admin");
        using var unknown = await admin.GetAsync("/api/v1/tenants/nobody/dashboards", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        // A dashboard's id opens it in its own tenant alone.
        using var made = await PostAsync(admin, $"{Root}/import", Small);
        var id = (await JsonAsync(made))["id"]!.GetValue<string>();
        using var elsewhere = await admin.GetAsync($"/api/v1/tenants/witcom/dashboards/{id}", Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Theory]
    [InlineData("{", 422, "no JSON")]
    [InlineData("""{"apiVersion":"v1"}""", 422, "no list of panels")]
    public async Task What_is_no_dashboard_is_refused_in_words(string body, int status, string reason)
    {
        using var api = await app.ApiAsAsync("operator");
        using var answer = await PostAsync(api, $"{Root}/import", body);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(reason, (await JsonAsync(answer))["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Twenty_megabytes_of_nesting_are_refused_with_the_limit()
    {
        using var api = await app.ApiAsAsync("operator");
        using var answer = await PostAsync(api, $"{Root}/import", new string('[', 20 * 1024 * 1024));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("4 MB", (await JsonAsync(answer))["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_Sandbox_has_a_dashboard_for_every_tenant()
    {
        using var admin = await app.ApiAsAsync("admin");
        foreach (var tenant in new[] { "rentguy", "psra-ltsd", "witcom", "platform" })
        {
            var list = await admin.GetFromJsonAsync<JsonNode>($"/api/v1/tenants/{tenant}/dashboards", Cancellation);
            Assert.Contains(list!["items"]!.AsArray(), one => one!["id"]!.GetValue<string>() == "services");
        }
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient api, string path, string json) =>
        api.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"), Cancellation);

    private static async Task<JsonNode> JsonAsync(HttpResponseMessage answer) =>
        (await answer.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;

    private static int Number(JsonNode? node) => node!.GetValue<int>();
}
