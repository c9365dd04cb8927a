using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Logs;

[Collection(SandboxCollection.Name)]
public sealed class SavedSearchApiTests(SandboxApp app)
{
    private const string Path = "/api/v1/tenants/rentguy/logs/searches";

    [Fact]
    public async Task A_search_is_saved_found_changed_by_its_name_and_removed()
    {
        using var operators = await app.ApiAsAsync("operator");
        using var viewer = await app.ApiAsAsync("viewer");
        var first = await SavedAsync(operators, "Slow  bookings ", "{service=\"api\"}   |=  `slow`");
        Assert.Equal("Slow  bookings", first.GetProperty("name").GetString());
        Assert.Equal("{service=\"api\"} |= \"slow\"", first.GetProperty("query").GetString());
        var again = await SavedAsync(operators, "Slow  bookings", "{service=\"web\"}");
        Assert.Equal(first.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        var id = again.GetProperty("id").GetString();

        var list = await viewer.GetFromJsonAsync<JsonElement>(Path);
        var seen = list.GetProperty("items").EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
        Assert.Equal("{service=\"web\"}", seen.GetProperty("query").GetString());
        Assert.Contains("/tenants/rentguy/logs?query=", seen.GetProperty("href").GetString());

        using (var refused = await viewer.DeleteAsync($"{Path}/{id}"))
        {
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        using (var elsewhere = await operators.GetAsync($"/api/v1/tenants/witcom/logs/searches/{id}"))
        {
            Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
        }
        using (var removed = await operators.DeleteAsync($"{Path}/{id}"))
        {
            Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        }
        using var gone = await operators.GetAsync($"{Path}/{id}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Many_who_save_by_one_name_at_once_have_one_search()
    {
        using var operators = await app.ApiAsAsync("operator");
        var saved = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(number => SavedAsync(operators, "At once", $"{{service=\"s{number}\"}}"))
        );
        Assert.Single(saved.Select(one => one.GetProperty("id").GetString()).Distinct());
    }

    [Theory]
    [InlineData("", "{a=\"b\"}", HttpStatusCode.UnprocessableEntity, "name")]
    [InlineData("n", "", HttpStatusCode.UnprocessableEntity, "query")]
    [InlineData("n", "{a=}", HttpStatusCode.BadRequest, "parse error")]
    [InlineData("n", "{__tenant_id__=\"witcom\"}", HttpStatusCode.BadRequest, "__tenant_id__")]
    public async Task What_cannot_be_saved_is_said(string name, string query, HttpStatusCode status, string words)
    {
        using var operators = await app.ApiAsAsync("operator");
        using var answer = await operators.PostAsJsonAsync(Path, new { name, query });
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(words, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Others_stay_outside()
    {
        using var anonymous = app.Anonymous();
        using var nobody = await anonymous.GetAsync(Path);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);
        using var client = await app.ApiAsAsync("client-witcom");
        using var hidden = await client.GetAsync(Path);
        Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        using var refused = await client.GetAsync("/api/v1/tenants/witcom/logs/searches");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var viewer = await app.ApiAsAsync("viewer");
        using var saving = await viewer.PostAsJsonAsync(Path, new { name = "n", query = "{a=\"b\"}" });
        Assert.Equal(HttpStatusCode.Forbidden, saving.StatusCode);
        using var unknown = await viewer.GetAsync("/api/v1/tenants/nobody/logs/searches");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_download_comes_by_token_too_and_only_of_tenants_that_are_seen()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var end = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000;
        var span = $"start={end - 600_000_000_000}&end={end}";
        var text = await viewer.GetStringAsync($"/api/v1/tenants/rentguy/logs/download?{span}&format=jsonl");
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        var times = lines
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(line =>
            {
                Assert.Equal("rentguy", line.GetProperty("labels").GetProperty("tenant").GetString());
                return long.Parse(
                    line.GetProperty("ns").GetString()!,
                    System.Globalization.CultureInfo.InvariantCulture
                );
            })
            .ToList();
        Assert.Equal(times.Order(), times);
        using var other = await viewer.GetAsync($"/api/v1/tenants/rentguy/logs/download?{span}&with=nobody");
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private static async Task<JsonElement> SavedAsync(HttpClient client, string name, string query)
    {
        using var answer = await client.PostAsJsonAsync(Path, new { name, query });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
