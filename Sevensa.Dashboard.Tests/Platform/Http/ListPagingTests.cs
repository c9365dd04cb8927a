using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Contract;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>Lists by pages while what they list changes, on both providers.</summary>
public abstract class ListPagingTests(SandboxApp app)
{
    protected SandboxApp App => app;

    [Theory]
    [InlineData("/api/v1/audit")]
    [InlineData("/api/v1/audit/checkpoints")]
    [InlineData("/api/v1/proposals")]
    [InlineData("/api/v1/findings")]
    [InlineData("/api/v1/findings?order=severity")]
    [InlineData("/api/v1/findings/vulnerabilities")]
    [InlineData("/api/v1/images")]
    [InlineData("/api/v1/conversations")]
    [InlineData("/api/v1/tenants")]
    [InlineData("/api/v1/hosts")]
    [InlineData("/api/v1/actions/catalogue")]
    [InlineData("/api/v1/people")]
    [InlineData("/api/v1/tenants/rentguy/releases")]
    [InlineData("/api/v1/tenants/rentguy/dashboards")]
    [InlineData("/api/v1/tenants/rentguy/alerts")]
    [InlineData("/api/v1/tenants/rentguy/alerts/history")]
    [InlineData("/api/v1/tenants/rentguy/containers")]
    [InlineData("/api/v1/tenants/rentguy/incidents")]
    [InlineData("/api/v1/tenants/rentguy/objectives")]
    public async Task A_cursor_that_the_list_never_gave_out_is_400(string path)
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var first = await admin.GetAsync(path);
        Assert.True(first.StatusCode == HttpStatusCode.OK, $"{first.StatusCode}");
        foreach (var cursor in new[] { "nonsense", "-1", "WyJvdGhlciIsMV0" })
        {
            using var answer = await admin.GetAsync($"{path}{(path.Contains('?') ? '&' : '?')}cursor={cursor}");
            var told = await answer.Content.ReadAsStringAsync();
            // The record's cursor is a row's number; before the first there are none.
            if (path == "/api/v1/audit" && cursor == "-1")
            {
                continue;
            }
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{cursor}: {answer.StatusCode} {told}");
        }
    }

    [Fact]
    public async Task Alerts_that_begin_meanwhile_push_none_out_of_the_pages_and_repeat_none()
    {
        using var admin = await app.ApiAsAsync("admin");
        // Several begin in the same moment, as those of one rule do.
        await TellAsync(Enumerable.Range(0, 25).Select(number => ($"paged{number}", 10 + number / 7)));
        var list = "/api/v1/tenants/rentguy/alerts/history?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z&limit=4";
        var names = await WalkAsync(
            admin,
            list,
            item => item.GetProperty("name").GetString()!,
            page => TellAsync([($"newer{page}", 50), ($"same{page}", 13)])
        );
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(25, names.Count(name => name.StartsWith("paged", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Conversations_that_begin_meanwhile_change_no_page()
    {
        using var operators = await app.ApiAsAsync("operator");
        var begun = new HashSet<string>();
        for (var number = 0; number < 7; number++)
        {
            begun.Add(await BeginAsync());
        }
        var seen = await WalkAsync(
            operators,
            "/api/v1/conversations?limit=3",
            item => item.GetProperty("id").GetString()!,
            _ => BeginAsync()
        );
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Superset(begun, seen.ToHashSet());

        async Task<string> BeginAsync()
        {
            using var answer = await operators.PostAsJsonAsync("/api/v1/conversations", new { });
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        }
    }

    [Theory]
    [InlineData("/api/v1/tenants")]
    [InlineData("/api/v1/people")]
    [InlineData("/api/v1/clients")]
    [InlineData("/api/v1/roles")]
    [InlineData("/api/v1/permissions")]
    [InlineData("/api/v1/actions/catalogue")]
    [InlineData("/api/v1/tenants/rentguy/rules")]
    public Task A_list_comes_page_by_page_as_it_comes_at_once(string path) => ComesByPagesAsync(path);

    protected async Task ComesByPagesAsync(string path)
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        var whole = await WalkAsync(admin, $"{path}?limit=1000", Name, _ => Task.CompletedTask);
        Assert.True(whole.Count > 1, $"{whole.Count}");
        Assert.Equal(whole, await WalkAsync(admin, $"{path}?limit=1", Name, _ => Task.CompletedTask));
        using var first = await admin.GetAsync($"{path}?limit=1");
        var next = (await first.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("next").GetString();
        using var elsewhere = await admin.GetAsync($"/api/v1/tenants/witcom/silences?cursor={next}");
        Assert.Equal(HttpStatusCode.BadRequest, elsewhere.StatusCode);

        static string Name(JsonElement item) =>
            new[] { "id", "kind", "name" }
                .Select(name => item.TryGetProperty(name, out var told) ? told.GetString() : null)
                .First(name => name is not null)!;
    }

    [Fact]
    public async Task Every_list_is_the_same_page_by_page_as_at_once()
    {
        using var admin = await app.ApiAsAsync("admin");
        await FillAsync(admin);
        var (wrong, tried) = (new List<string>(), 0);
        foreach (var list in ApiEndpoint.AllOf(app).Where(one => one.IsList && !one.Pattern.Contains("/{id}")))
        {
            // Instances are named by settings, and here none is.
            if (list.Pattern.Contains("{instance}", StringComparison.Ordinal))
            {
                continue;
            }
            var address = list.Address("rentguy");
            using var first = await admin.GetAsync(address);
            if (first.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway)
            {
                // Hosts that have not told, and upstreams that are not there.
                continue;
            }
            Assert.True(first.IsSuccessStatusCode, $"{address}: {await first.Content.ReadAsStringAsync()}");
            var answer = await first.Content.ReadFromJsonAsync<JsonElement>();
            var whole = Items(answer).EnumerateArray().Select(Key).ToList();
            // What is asked itself makes rows of the record.
            if (whole.Count is 0 or > 200 || list.Pattern.Contains("audit", StringComparison.Ordinal))
            {
                continue;
            }
            tried++;
            var paged = await WalkAsync(admin, $"{address}?limit=1", Key, _ => Task.CompletedTask, most: 300);
            // Within a page of leases the one that expires first goes first.
            var inOrder = !list.Pattern.EndsWith("/leases", StringComparison.Ordinal);
            if (inOrder ? !whole.SequenceEqual(paged) : !whole.Order().SequenceEqual(paged.Order()))
            {
                wrong.Add($"{list}: {string.Join(", ", whole)} at once, {string.Join(", ", paged)} by pages");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(tried >= 10, $"only {tried} lists held anything");

        static string Key(JsonElement item) =>
            (
                new[] { "id", "path", "userName", "name", "kind" }
                    .Select(name => item.TryGetProperty(name, out var value) ? value.ToString() : null)
                    .FirstOrDefault(key => key is not null)
                ?? item.ToString()
            ) + (item.TryGetProperty("version", out var version) ? $" {version}" : "");
    }

    /// <summary>What a page holds; the flows of the answer about reachability are the page there.</summary>
    private static JsonElement Items(JsonElement answer) =>
        answer.TryGetProperty("items", out var items) ? items : answer.GetProperty("flows");

    [Fact]
    public async Task What_comes_and_goes_between_two_pages_makes_the_next_one_lose_and_repeat_nothing()
    {
        using var admin = await app.ApiAsAsync("admin");
        await FillAsync(admin);
        const string List = "/api/v1/tenants/rentguy/logs/searches";
        var seen = await WalkAsync(
            admin,
            $"{List}?limit=2",
            item => item.GetProperty("name").GetString()!,
            async page =>
            {
                if (page > 2)
                {
                    return;
                }
                // One before the cursor, one behind it, and one that was seen goes.
                await SaveAsync(admin, $"paged 0 new {page}");
                await SaveAsync(admin, $"paged z{page}");
                using var all = JsonDocument.Parse(await admin.GetStringAsync(List));
                var gone = all.RootElement.GetProperty("items")[0].GetProperty("id").GetString();
                using var removed = await admin.DeleteAsync($"{List}/{gone}");
            },
            most: 20
        );
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Equal(6, seen.Count(name => name.StartsWith("paged s", StringComparison.Ordinal)));
    }

    /// <summary>Some of what people make, of names in different cases.</summary>
    private static async Task FillAsync(HttpClient admin)
    {
        for (var number = 0; number < 6; number++)
        {
            var name = number % 2 == 0 ? $"Paged {number}" : $"paged {number}";
            await SaveAsync(admin, $"paged s{number}");
            using var board = await admin.PostAsJsonAsync(
                "/api/v1/tenants/rentguy/dashboards",
                new { title = name, panels = Array.Empty<object>() }
            );
            Assert.True(board.IsSuccessStatusCode, await board.Content.ReadAsStringAsync());
            using var filter = await admin.PostAsJsonAsync(
                "/api/v1/findings/filters",
                new
                {
                    name,
                    tenant = "rentguy",
                    query = "severity=high",
                }
            );
            Assert.True(filter.IsSuccessStatusCode, await filter.Content.ReadAsStringAsync());
            using var link = await admin.PostAsJsonAsync(
                "/api/v1/tenants/rentguy/public-links",
                new { name, days = 7 }
            );
            Assert.True(link.IsSuccessStatusCode, await link.Content.ReadAsStringAsync());
            using var incident = await admin.PostAsJsonAsync(
                "/api/v1/tenants/rentguy/incidents",
                new { title = name, text = "paged" }
            );
            Assert.True(incident.IsSuccessStatusCode, await incident.Content.ReadAsStringAsync());
            using var role = await admin.PostAsJsonAsync(
                "/api/v1/roles",
                new { name = $"{name} {Guid.NewGuid():N}", permissions = new[] { "portal" } }
            );
            Assert.True(role.IsSuccessStatusCode, await role.Content.ReadAsStringAsync());
            using var playbook = await admin.PutAsJsonAsync(
                "/api/v1/tenants/rentguy/playbooks/x",
                new { title = name, text = $"1. /secrets rentguy\n2. Restart rentguy web\n\nWritten {number}." }
            );
            Assert.True(playbook.IsSuccessStatusCode, await playbook.Content.ReadAsStringAsync());
        }
    }

    private static async Task SaveAsync(HttpClient admin, string name)
    {
        using var saved = await admin.PostAsJsonAsync(
            "/api/v1/tenants/rentguy/logs/searches",
            new { name, query = "{service=\"api\"}" }
        );
        Assert.True(saved.IsSuccessStatusCode, await saved.Content.ReadAsStringAsync());
    }

    /// <summary>All pages of a list, with something done between each two.</summary>
    protected static async Task<List<string>> WalkAsync(
        HttpClient client,
        string path,
        Func<JsonElement, string> id,
        Func<int, Task> meanwhile,
        int most = 100
    )
    {
        var seen = new List<string>();
        string? cursor = null;
        for (var page = 0; page < most; page++)
        {
            using var told = await client.GetAsync(
                cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}"
            );
            Assert.True(told.IsSuccessStatusCode, await told.Content.ReadAsStringAsync());
            var answer = await told.Content.ReadFromJsonAsync<JsonElement>();
            seen.AddRange(Items(answer).EnumerateArray().Select(id));
            cursor = answer.TryGetProperty("next", out var next) ? next.GetString() : null;
            if (cursor is null)
            {
                return seen;
            }
            await meanwhile(page);
        }
        throw new InvalidOperationException($"{path} has no end.");
    }

    private async Task TellAsync(IEnumerable<(string Name, int Minute)> alerts)
    {
        using var client = app.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/hooks/alertmanager")
        {
            Content = JsonContent.Create(
                new
                {
                    alerts = alerts.Select(alert => new
                    {
                        status = "resolved",
                        labels = new Dictionary<string, string> { ["alertname"] = alert.Name, ["tenant"] = "rentguy" },
                        startsAt = string.Create(CultureInfo.InvariantCulture, $"2026-03-01T10:{alert.Minute:00}:00Z"),
                        endsAt = "2026-03-01T11:30:00Z",
                    }),
                }
            ),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "sandbox");
        using var answer = await client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}

public class SqliteListPagingTests(SandboxApp app) : ListPagingTests(app), IClassFixture<SandboxApp>
{
    // Of hosts that are there.
    [Theory]
    [InlineData("/api/v1/hosts")]
    [InlineData("/api/v1/tenants/rentguy/containers")]
    public Task What_hosts_tell_comes_page_by_page_as_it_comes_at_once(string path) => ComesByPagesAsync(path);

    [Fact]
    public async Task Lines_of_a_container_come_page_by_page_and_have_no_pages_while_they_are_followed()
    {
        await App.FleetIsKnownAsync();
        using var viewer = await App.ApiAsAsync("viewer");
        const string Lines = "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs";
        // The container goes on writing, so that the oldest of the last lines are others a moment later.
        var seen = await WalkAsync(
            viewer,
            $"{Lines}?tail=100&limit=30",
            line => line.GetProperty("timeUnixNs").GetString()!,
            _ => Task.CompletedTask
        );
        Assert.InRange(seen.Count, 100, 200);
        Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var followed = await viewer.GetAsync(
            $"{Lines}?follow=true&limit=1",
            HttpCompletionOption.ResponseHeadersRead,
            patience.Token
        );
        Assert.Equal(HttpStatusCode.BadRequest, followed.StatusCode);
        Assert.Contains("no pages", await followed.Content.ReadAsStringAsync(patience.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Releases_come_page_by_page_as_they_come_at_once()
    {
        using var admin = await App.ApiAsAsync("admin");
        var all = await WalkAsync(admin, "/api/v1/tenants/rentguy/releases?limit=500", Id, _ => Task.CompletedTask);
        var paged = await WalkAsync(admin, "/api/v1/tenants/rentguy/releases?limit=2", Id, _ => Task.CompletedTask);
        Assert.True(all.Count > 2, $"{all.Count}");
        Assert.Equal(all, paged);

        static string Id(JsonElement item) => item.GetProperty("id").GetString()!;
    }
}

public class PostgresListPagingTests(PostgresApp postgres) : ListPagingTests(postgres.App), IClassFixture<PostgresApp>;
