using System.Net;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>One rule for times that somebody sends, in addresses and in bodies.</summary>
public sealed class QueryTimesTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static readonly JsonSerializerOptions Json = new() { Converters = { new MillisecondTime() } };

    [Theory]
    [InlineData("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000Z")]
    [InlineData("2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00.123Z")]
    [InlineData("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z")]
    [InlineData("2026-03-01T10:00:00", "2026-03-01T10:00:00.000Z")]
    [InlineData("2026-03-01 10:00", "2026-03-01T10:00:00.000Z")]
    [InlineData("2026-03-01", "2026-03-01T00:00:00.000Z")]
    public void What_is_said_without_an_offset_is_UTC(string told, string meant) =>
        Assert.Equal(
            $"\"{meant}\"",
            JsonSerializer.Serialize(JsonSerializer.Deserialize<DateTimeOffset>($"\"{told}\"", Json), Json)
        );

    [Theory]
    [InlineData("01/02/2026")]
    [InlineData("10:00")]
    [InlineData("yesterday")]
    [InlineData("2026-13-01")]
    [InlineData("2026-03-01T10:00:00 02:00")]
    [InlineData("1772359200")]
    public async Task What_is_no_such_time_is_400_with_what_is(string told)
    {
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>($"\"{told}\"", Json));
        using var admin = await app.ApiAsAsync("admin");
        foreach (
            var path in new[]
            {
                "/api/v1/audit?from=",
                "/api/v1/audit/export?to=",
                "/api/v1/tenants/rentguy/alerts/history?from=",
                "/api/v1/tenants/rentguy/containers/api/logs?since=",
            }
        )
        {
            using var answer = await admin.GetAsync(path + Uri.EscapeDataString(told));
            var words = await answer.Content.ReadAsStringAsync();
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{path}: {answer.StatusCode} {words}");
            Assert.Contains("UTC", words);
        }
    }

    [Fact]
    public async Task In_an_address_it_means_the_same()
    {
        using var admin = await app.ApiAsAsync("admin");
        var newest = await FirstAsync("/api/v1/audit?limit=1");
        var at = newest.GetProperty("at").GetDateTimeOffset();
        var without = at.UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.fff",
            System.Globalization.CultureInfo.InvariantCulture
        );
        var ahead = at.ToOffset(TimeSpan.FromHours(2))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", System.Globalization.CultureInfo.InvariantCulture);
        foreach (var said in new[] { without, ahead })
        {
            var found = await FirstAsync($"/api/v1/audit?limit=1000&from={Uri.EscapeDataString(said)}");
            Assert.True(found.GetProperty("at").GetDateTimeOffset() >= at);
            Assert.Equal(0, await CountAsync($"/api/v1/audit?limit=1000&to={Uri.EscapeDataString(said)}", from: at));
        }

        async Task<JsonElement> FirstAsync(string path)
        {
            using var told = JsonDocument.Parse(await admin.GetStringAsync(path));
            return told.RootElement.GetProperty("items")[0].Clone();
        }

        async Task<int> CountAsync(string path, DateTimeOffset from)
        {
            using var told = JsonDocument.Parse(await admin.GetStringAsync(path));
            return told
                .RootElement.GetProperty("items")
                .EnumerateArray()
                .Count(row => row.GetProperty("at").GetDateTimeOffset() >= from);
        }
    }
}
