using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// Half a million findings of 250 images, some of which run: how long the first page of each filter takes, and a verdict. On PostgreSQL
/// instead of SQLite with <c>--postgres</c>.
/// </summary>
internal sealed class FindingLists(bool onPostgres) : IBench
{
    private const int Images = 250;
    private const int PerImage = 2_000;

    /// <summary>So many different vulnerabilities there are: images have many of them in common.</summary>
    private const int Vulnerabilities = 20_000;

    private static readonly (string Name, string Query)[] Lists =
    [
        ("all", "findings?"),
        ("all, by severity", "findings?order=severity"),
        ("all, by due date", "findings?order=due"),
        ("open", "findings?state=open"),
        ("accepted", "findings?state=accepted"),
        ("not affected", "findings?state=notAffected"),
        ("suppressed", "findings?state=suppressed"),
        ("fixed", "findings?state=fixed"),
        ("critical", "findings?severity=critical"),
        ("low", "findings?severity=low&state=open"),
        ("unknown, overdue", "findings?severity=unknown&overdue=true"),
        ("overdue", "findings?overdue=true"),
        ("secrets", "findings?kind=secret"),
        ("licences", "findings?kind=license"),
        ("exploited", "findings?exploited=true"),
        ("with a fix", "findings?fixable=true"),
        ("mine", "findings?owner=me"),
        ("nobody's", "findings?owner=none&state=open"),
        ("running", "findings?running=true"),
        ("not running", "findings?running=false"),
        ("published", "findings?exposure=published"),
        ("from the internet, as root", "findings?exposure=internet&root=true"),
        ("one vulnerability", "findings?vulnerability=CVE-2096-000007"),
        ("one image", $"findings?image={Digest(7)}"),
        ("a tenant's", "findings?tenant=rentguy"),
        ("a tenant's open, low", "findings?tenant=rentguy&severity=low&state=open"),
        ("a tenant's, by due date", "findings?tenant=rentguy&order=due"),
        ("by vulnerability", "findings/vulnerabilities?"),
        ("a tenant's, by vulnerability", "findings/vulnerabilities?tenant=rentguy"),
        ("images", "images?"),
    ];

    public string Name => "finding-lists";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var cluster = onPostgres ? new PostgresCluster() : null;
        var settings = new List<KeyValuePair<string, string?>> { new("Logging:LogLevel:Default", "Warning") };
        if (cluster is not null)
        {
            await cluster.InitializeAsync();
            settings.Add(new("Storage:Postgres", await cluster.DatabaseAsync()));
        }
        var program = await StartAndIdle.PublishAsync(
            "Sevensa.Dashboard/Sevensa.Dashboard.csproj",
            "Sevensa.Dashboard"
        );
        await using var dashboard = DashboardProcess.With(settings, program);
        await dashboard.StartAsync();
        using var client = await dashboard.ClientOfAsync("admin");
        await FillAsync(client);
        var measures = new List<Measure>();
        foreach (var (name, query) in Lists)
        {
            // The images ask the gate of each.
            var bound = query.StartsWith("images", StringComparison.Ordinal) ? Bound.None : Bound.AtMost(150);
            measures.Add(await OneAsync(client, $"first page: {name}", $"/api/v1/{query}", rounds, bound));
        }
        measures.Add(await OneAsync(client, "verdict", $"/api/v1/images/{Digest(7)}/gate", rounds, Bound.AtMost(10)));
        return measures;
    }

    private static async Task<Measure> OneAsync(HttpClient client, string name, string path, int rounds, Bound bound)
    {
        var taken = new List<double>(rounds);
        // The first two compile.
        for (var round = -2; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            await client.GetStringAsync(new Uri(path, UriKind.Relative));
            if (round >= 0)
                taken.Add(clock.Elapsed.TotalMilliseconds);
        }
        return new Measure(name, "ms", taken, taken, bound);
    }

    private static async Task FillAsync(HttpClient client)
    {
        await Eventually.TrueAsync(
            "the hosts to tell",
            async stop =>
            {
                using var ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative), stop);
                return ready.IsSuccessStatusCode;
            }
        );
        // What runs in the Sandbox is among them, so that containers have findings.
        var running = new List<string>();
        foreach (var tenant in (string[])["rentguy", "witcom", "platform"])
        {
            var page = JsonNode.Parse(
                await client.GetStringAsync(
                    new Uri($"/api/v1/tenants/{tenant}/containers?limit=1000", UriKind.Relative)
                )
            )!;
            running.AddRange(
                page["items"]!
                    .AsArray()
                    .Select(one => one!["imageDigest"]?.GetValue<string>() ?? "")
                    .Where(digest => digest.Contains("sha256:", StringComparison.Ordinal))
                    .Select(digest => digest[digest.IndexOf("sha256:", StringComparison.Ordinal)..])
            );
        }
        string[] digests = [.. running.Distinct().Take(Images / 2)];
        for (var image = 0; image < Images; image++)
        {
            var digest = image < digests.Length ? digests[image] : Digest(image);
            await PostAsync(client, $"/api/v1/scans?digest={digest}", Report(image));
        }
        await PostAsync(client, $"/api/v1/scans?digest={Digest(Images - 1)}&kinds=secret", Secrets());
        await PostAsync(client, $"/api/v1/scans?digest={Digest(Images - 1)}", Report(Images, ignored: 500));
        var some = JsonNode.Parse(
            await client.GetStringAsync(new Uri("/api/v1/findings?order=severity&limit=200", UriKind.Relative))
        )!["items"]!.AsArray();
        string[] ids = [.. some.Select(one => one!["id"]!.GetValue<string>())];
        await DecideAsync(client, ids[..100], """ "decision": "accept", "reason": "measured" """);
        await DecideAsync(
            client,
            ids[100..],
            """ "decision": "notAffected", "justification": "component_not_present" """
        );
    }

    private static Task DecideAsync(HttpClient client, string[] ids, string what)
    {
        var chosen = string.Join(',', ids.Select(id => $"\"{id}\""));
        return PostAsync(
            client,
            "/api/v1/findings/bulk",
            Encoding.UTF8.GetBytes($$"""{"ids": [{{chosen}}], {{what}} }""")
        );
    }

    /// <summary>One of Grype's, since that tells EPSS and KEV.</summary>
    private static byte[] Report(int image, int ignored = 0)
    {
        string[] severities = [.. "CHHHMMMMLU".Select(Word)];
        var (matches, left) = (new List<string>(PerImage), new List<string>());
        for (var number = 0; number < PerImage; number++)
        {
            var id = (image * 61 + number * 7) % Vulnerabilities;
            var (exploited, epss) = (id % 1000 == 7, (id * 37 % 1000) / 1000.0 * (id % 3 == 0 ? 1 : 0.01));
            var (known, fix) = (exploited ? """{"cve": "x"}""" : "", id % 5 < 3 ? "\"2\"" : "");
            var match = string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                {"vulnerability": {"id": "CVE-2096-{{id:000000}}", "severity": "{{severities[id % 10]}}",
                 "epss": [{"epss": {{epss:0.00000}} }], "knownExploited": [{{known}}], "fix": {"versions": [{{fix}}]} },
                 "artifact": {"name": "p{{number}}", "version": "1", "type": "deb"} }
                """
            );
            (number < ignored ? left : matches).Add(match);
        }
        return Encoding.UTF8.GetBytes(
            $$"""
            {"matches": [{{string.Join(',', matches)}}], "ignoredMatches": [{{string.Join(',', left)}}],
             "source": {"type": "image", "target": {} }, "descriptor": {"name": "grype"} }
            """
        );

        static string Word(char letter) =>
            letter switch
            {
                'C' => "Critical",
                'H' => "High",
                'M' => "Medium",
                'L' => "Low",
                _ => "Unknown",
            };
    }

    private static byte[] Secrets()
    {
        var secrets = Enumerable
            .Range(1, 200)
            .Select(line =>
                $$"""
                    {"RuleID": "key", "Severity": "HIGH", "Title": "key", "StartLine": {{line}}, "EndLine": {{line}}, "Match": "*"}
                    """
            );
        return Encoding.UTF8.GetBytes(
            $$"""
            {"SchemaVersion": 2, "Results": [{"Target": "/app/.env", "Class": "secret", "Secrets": [{{string.Join(
                ',',
                secrets
            )}}]}]}
            """
        );
    }

    private static async Task PostAsync(HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync());
    }

    private static string Digest(int image) =>
        $"sha256:{(image + 0xf1d0).ToString("x64", CultureInfo.InvariantCulture)}";
}
