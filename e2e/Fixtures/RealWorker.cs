using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// What every kind of action has something to be done to, on a real engine: a worker of RentGuy's with a volume, two networks, a
/// mate, an image that nobody needs, a newer one with a clean scan, and a registry that wants a password.
/// </summary>
public sealed class RealWorker : IAsyncDisposable
{
    private const string Healthy = "HEALTHCHECK --interval=1s CMD true";

    private RealWorker(PrivateRegistry registry) => Registry = registry;

    public PrivateRegistry Registry { get; }

    public static async Task<RealWorker> StartAsync(RealFleet fleet)
    {
        var engine = fleet.Engine;
        var registry = await PrivateRegistry.StartAsync("pulled");
        await registry.LogInAsync(fleet.RegistryCredentialsFile);
        await engine.NetworkAsync("rentguy_inner");
        await engine.NetworkAsync("rentguy_outer");
        await engine.PostAsync(
            "volumes/create",
            JsonNode.Parse("""{"Name":"rentguy_data","Labels":{"sevensa.tenant":"rentguy"}}""")
        );
        // Never run by anybody, so no release needs it.
        await engine.ImageAsync("rentguy/worker:0");
        // A health check tells that it is up; without one each action would wait whether it stays.
        await engine.ImageAsync("rentguy/worker:1", Healthy);
        await engine.ImageAsync("rentguy/worker:2", Healthy);
        await ScannedAsync(fleet, "rentguy/worker:2");
        foreach (
            var (name, service, network) in new[]
            {
                ("rentguy-worker-1", "worker", "rentguy_inner"),
                ("rentguy-mate-1", "mate", "rentguy_outer"),
            }
        )
        {
            await engine.ContainerAsync(
                name,
                "rentguy/worker:1",
                new Dictionary<string, string> { ["sevensa.tenant"] = "rentguy", ["sevensa.service"] = service },
                adjust: request =>
                {
                    request["HostConfig"]!["NetworkMode"] = network;
                    request["HostConfig"]!["Memory"] = 64 << 20;
                    request["HostConfig"]!["Binds"] = new JsonArray("rentguy_data:/data");
                }
            );
        }
        using var operators = await fleet.Dashboard.ClientOfAsync("operator");
        await RecordedAsync(operators, "worker");
        await RecordedAsync(operators, "mate");
        return new RealWorker(registry);
    }

    /// <summary>A pipeline's clean report lets the image through the gate.</summary>
    public static async Task ScannedAsync(RealFleet fleet, string image)
    {
        var digest = (await fleet.Engine.GetAsync($"images/{image}/json"))["Id"]!.GetValue<string>();
        using var pipeline = await fleet.Dashboard.ClientOfAsync("automation");
        using var answer = await pipeline.PostAsJsonAsync(
            $"/api/v1/scans?format=trivy&kinds=vulnerability&image={Uri.EscapeDataString(image)}&digest={Uri.EscapeDataString(digest)}",
            new JsonObject
            {
                ["SchemaVersion"] = 2,
                ["ArtifactName"] = image,
                ["ArtifactType"] = "container_image",
                ["Metadata"] = new JsonObject { ["ImageID"] = digest },
                ["Results"] = new JsonArray(),
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    public static Task RecordedAsync(HttpClient client, string service, int atLeast = 1) =>
        Eventually.TrueAsync(
            $"{atLeast} releases of {service} to be recorded",
            async token =>
                (
                    await client.GetFromJsonAsync<JsonNode>(
                        $"/api/v1/tenants/rentguy/releases?service={service}",
                        token
                    )
                )!["items"]!
                    .AsArray()
                    .Count(release =>
                        release!["recorded"]!.GetValue<bool>() && release["replicas"]!.GetValue<int>() > 0
                    ) >= atLeast
        );

    /// <summary>Proposes something, has it approved, and waits until it is done.</summary>
    public static async Task DoneAsync(
        HttpClient operators,
        HttpClient approver,
        string kind,
        string target,
        object parameters
    )
    {
        var proposal = await SaidAsync(
            operators,
            "/api/v1/proposals",
            new
            {
                kind,
                tenant = "rentguy",
                target,
                parameters,
                reason = "it is time",
                evidence = Array.Empty<object>(),
            }
        );
        var path = $"/api/v1/proposals/{proposal["id"]}";
        await SaidAsync(approver, $"{path}/approve", new { planHash = proposal["planHash"]!.GetValue<string>() });
        var told = "";
        await Eventually.TrueAsync(
            $"{kind} of {target} to succeed",
            async token =>
            {
                told = await operators.GetStringAsync(new Uri(path, UriKind.Relative), token);
                return JsonNode.Parse(told)!["state"]!.GetValue<string>() == "succeeded";
            },
            because: () => told
        );
    }

    private static async Task<JsonNode> SaidAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Kinds that are about containers, images, networks and volumes; those of rules and secrets have stories of their own.</summary>
    public static async Task<HashSet<string>> KindsAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonNode>("/api/v1/actions/catalogue"))!["items"]!
            .AsArray()
            .Select(kind => kind!["kind"]?.GetValue<string>() ?? kind["name"]!.GetValue<string>())
            .Where(kind =>
                kind.Split('.')[0] is "container" or "service" or "tenant" or "image" or "network" or "volume"
                // Its host has to have a scanner.
                && kind != "image.scan"
            )
            .ToHashSet();

    /// <summary>Whether a refusal only means that what the last action changed has not been told yet.</summary>
    public static bool IsTooEarly(string refusal) =>
        refusal.Contains("already", StringComparison.Ordinal)
        || refusal.Contains("Ask again", StringComparison.Ordinal)
        || refusal.Contains("nothing has changed", StringComparison.Ordinal);

    public ValueTask DisposeAsync() => Registry.DisposeAsync();
}
