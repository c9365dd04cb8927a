using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Scans;

/// <summary>Reports that are sent over the API, and what comes of them.</summary>
internal static class ScansApi
{
    private static int number;

    /// <summary>Of an image that nobody has sent a report of.</summary>
    public static string NewDigest() => $"sha256:{Interlocked.Increment(ref number) + 0x5ca0000:x64}";

    /// <summary>One of Trivy's reports in JSON, with this vulnerability in it or none.</summary>
    public static string Trivy(string? id, string severity = "CRITICAL", string rest = "", string? at = null) =>
        $$"""
            {"SchemaVersion": 2, "ArtifactName": "shop:1", {{(at is null ? "" : $"\"CreatedAt\": \"{at}\",")}}
             "Results": [{"Target": "os", "Class": "os-pkgs", "Vulnerabilities": [{{(
                id is null ? "" : $$"""{"VulnerabilityID": "{{id}}", "PkgName": "zlib", "InstalledVersion": "1", "FixedVersion": "2", "Severity": "{{severity}}"}"""
            )}}]}{{rest}}]}
            """;

    /// <summary>What else such a report may hold: a secret in a file.</summary>
    public const string Secret =
        """, {"Target": "/app/.env", "Class": "secret", "Secrets": [{"RuleID": "key", "Severity": "CRITICAL", "Title": "key", "StartLine": 1, "EndLine": 1, "Match": "*"}]}""";

    /// <summary>Hands a report in and returns the answer, which has to be short.</summary>
    public static async Task<JsonElement> PostAsync(
        SandboxApp app,
        string query,
        string report,
        string who = "automation"
    )
    {
        using var client = await app.ApiAsAsync(who);
        using var body = new StringContent(report, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/api/v1/scans?{query}", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.True(text.Length <= 20_000, $"{text.Length} bytes");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>What the gate says of an image.</summary>
    public static async Task<JsonElement> GateAsync(
        SandboxApp app,
        string digest,
        string query = "",
        string who = "automation"
    )
    {
        using var client = await app.ApiAsAsync(who);
        return await client.GetFromJsonAsync<JsonElement>($"/api/v1/images/{digest}/gate{query}");
    }

    /// <summary>Its one word.</summary>
    public static async Task<string> VerdictAsync(
        SandboxApp app,
        string digest,
        string query = "",
        string who = "automation"
    ) => (await GateAsync(app, digest, query, who)).GetProperty("verdict").GetString()!;

    /// <summary>All findings of an image.</summary>
    public static async Task<List<JsonElement>> FindingsAsync(SandboxApp app, string digest)
    {
        using var client = await app.ApiAsAsync("admin");
        var found = new List<JsonElement>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>(
                $"/api/v1/findings?limit=500{(cursor is null ? "" : $"&cursor={cursor}")}"
            );
            found.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        } while (cursor is not null);
        return [.. found.Where(item => item.GetProperty("imageDigest").GetString() == digest)];
    }

    /// <summary>The warnings of an answer.</summary>
    public static string Words(JsonElement taken) =>
        string.Join(' ', taken.GetProperty("warnings").EnumerateArray().Select(one => one.GetString()));

    /// <summary>A client of a program of its own that has one tenant.</summary>
    public static async Task<HttpClient> ProgramOfAsync(SandboxApp app, string tenant) =>
        (await app.ProgramAsync("operator", [tenant], "read", "scans:write")).Client;
}
