using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.N8n;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Contract;

namespace Sevensa.Dashboard.Tests.Docker;

/// <summary>The workflows that come along: files that a fresh n8n imports, and what they call is there.</summary>
public sealed partial class N8nRecipesTests
{
    private static readonly string Folder = Path.Combine(ComposeFile.Folder, "n8n");

    internal static readonly string[] All =
    [
        .. Directory.GetFiles(Folder, "*.json").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Files => new(All);

    internal static JsonObject Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!.AsObject();

    [Fact]
    public void There_is_one_for_each_that_is_described()
    {
        var told = File.ReadAllText(Path.Combine(Folder, "..", "..", "docs", "n8n.md"));
        Assert.Equal(["alert-to-ticket.json", "approval-by-message.json", "onboarding-to-crm.json"], All);
        Assert.All(All, file => Assert.Contains(file, told, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void It_imports_switched_off_under_an_id_of_its_own_and_holds_no_secret(string file)
    {
        var flow = Read(file);
        // Without an id the import fails; a second import of the same one takes the first one's place.
        Assert.Matches("^[A-Za-z0-9]{16}$", (string)flow["id"]!);
        Assert.Single(All, other => (string?)Read(other)["id"] == (string?)flow["id"]);
        Assert.False((bool)flow["active"]!);
        Assert.Equal("all", (string?)flow["settings"]!["saveDataSuccessExecution"]);
        foreach (var credential in Nodes(flow).SelectMany(node => node["credentials"]?.AsObject() ?? []))
        {
            Assert.Equal(["id", "name"], credential.Value!.AsObject().Select(member => member.Key));
        }
        var text = File.ReadAllText(Path.Combine(Folder, file));
        Assert.DoesNotMatch("(?i)(bearer |whsec_|password|api[-_]?key)", text);
        Assert.All(
            Address().Matches(text),
            address => Assert.EndsWith(".example.org", address.Groups["host"].Value, StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Its_nodes_hang_together_from_its_webhook_on(string file)
    {
        var flow = Read(file);
        var names = Nodes(flow).Select(node => (string)node["name"]!).ToList();
        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(names.Count, Nodes(flow).Select(node => (string)node["id"]!).Distinct().Count());
        var (reached, next) = (new HashSet<string>(), new Queue<string>(["Webhook"]));
        while (next.TryDequeue(out var name))
        {
            Assert.Contains(name, names);
            if (reached.Add(name) && flow["connections"]![name]?["main"] is JsonArray ways)
            {
                foreach (var to in ways.SelectMany(way => way!.AsArray()))
                {
                    next.Enqueue((string)to!["node"]!);
                }
            }
        }
        Assert.Equal(names.Order(), reached.Order());
        // What an expression takes from another node is taken from one that is there.
        Assert.All(
            Named().Matches(flow.ToJsonString()).Select(named => Regex.Unescape(named.Groups["name"].Value)),
            named => Assert.Contains(named, names)
        );
        var n8n = new N8nStandIn(new SimulatedFleet(new FakeTimeProvider(DateTimeOffset.UnixEpoch)));
        n8n.Add(
                (string)flow["id"]!,
                (string)flow["name"]!,
                flow["nodes"]!.DeepClone().AsArray(),
                flow["connections"]!.DeepClone().AsObject(),
                flow["settings"]!.DeepClone().AsObject()
            )
            .Activate([], n8n.Now);
    }

    [Fact]
    public void The_signature_is_checked_as_the_dashboard_makes_it()
    {
        var nodes = Nodes(Read("approval-by-message.json"));
        var hook = nodes.Single(node => (string?)node["name"] == "Webhook")["parameters"]!;
        Assert.True((bool)hook["options"]!["rawBody"]!);
        Assert.Equal("responseNode", (string?)hook["responseMode"]);
        var sign = nodes.Single(node => (string?)node["type"] == "n8n-nodes-base.crypto")["parameters"]!;
        Assert.Equal(
            ("hmac", "SHA256", "hex"),
            ((string?)sign["action"], (string?)sign["type"], (string?)sign["encoding"])
        );
        Assert.Equal(
            $"={{{{ $('Webhook').first().json.headers['{WebhookChannel.TimeHeader.ToLowerInvariant()}'] + '.' + $json.raw }}}}",
            (string?)sign["value"]
        );
        var test = (string)
            nodes.Single(node => (string?)node["type"] == "n8n-nodes-base.if")["parameters"]!["conditions"]![
                "conditions"
            ]![0]!["leftValue"]!;
        Assert.Contains(
            $"headers['{WebhookChannel.SignatureHeader.ToLowerInvariant()}']",
            test,
            StringComparison.Ordinal
        );
        // Without a secret of its own anybody could sign, and an old message is no new one.
        Assert.Contains("secret.length >= 16", test, StringComparison.Ordinal);
        Assert.Contains("< 300", test, StringComparison.Ordinal);
        var settings = nodes.Single(node => (string?)node["name"] == "Settings").ToJsonString();
        Assert.Contains("\"name\":\"secret\",\"value\":\"\"", settings, StringComparison.Ordinal);
    }

    internal static List<JsonNode> Nodes(JsonObject flow) => [.. flow["nodes"]!.AsArray().Select(node => node!)];

    [GeneratedRegex(@"https?://(?<host>[^/""'\s:]+)")]
    private static partial Regex Address();

    /// <summary>As the writer escapes it, an apostrophe is written by its number.</summary>
    [GeneratedRegex(@"\$\(\\u0027(?<name>[^\\]+)\\u0027\)")]
    private static partial Regex Named();
}

/// <summary>What they ask of the dashboard is among what it answers.</summary>
[Collection(SandboxCollection.Name)]
public sealed class N8nRecipeCallsTests(SandboxApp app)
{
    [Theory]
    [MemberData(nameof(N8nRecipesTests.Files), MemberType = typeof(N8nRecipesTests))]
    public void What_it_asks_of_the_dashboard_is_there(string file)
    {
        var known = ApiEndpoint.AllOf(app).Select(one => one.Pattern).ToHashSet();
        var asked = N8nRecipesTests
            .Nodes(N8nRecipesTests.Read(file))
            .Where(node => (string?)node["type"] == "n8n-nodes-base.httpRequest")
            .Select(node => (string)node["parameters"]!["url"]!)
            .Where(url => url.Contains("/api/v1/", StringComparison.Ordinal))
            .ToList();
        foreach (var url in asked)
        {
            var path = url[url.IndexOf("/api/v1/", StringComparison.Ordinal)..];
            Assert.Contains(path.Replace("{{ $json.tenant }}", "{tenant}", StringComparison.Ordinal), known);
        }
        Assert.Equal(file == "approval-by-message.json" ? 0 : 1, asked.Count);
    }
}
