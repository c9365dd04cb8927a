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

    public static Task RecordedAsync(HttpClient client, string service) =>
        Eventually.TrueAsync(
            $"the release of {service} to be recorded",
            async token =>
                (
                    await client.GetFromJsonAsync<JsonNode>(
                        $"/api/v1/tenants/rentguy/releases?service={service}",
                        token
                    )
                )!["items"]!
                    .AsArray()
                    .Any(release => release!["recorded"]!.GetValue<bool>())
        );

    /// <summary>Kinds that are about containers, images, networks and volumes; those of rules and secrets have stories of their own.</summary>
    public static async Task<HashSet<string>> KindsAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonNode>("/api/v1/actions/catalogue"))!["items"]!
            .AsArray()
            .Select(kind => kind!["kind"]?.GetValue<string>() ?? kind["name"]!.GetValue<string>())
            .Where(kind =>
                kind.Split('.')[0] is "container" or "service" or "tenant" or "image" or "network" or "volume"
            )
            .ToHashSet();

    /// <summary>Whether a refusal only means that what the last action changed has not been told yet.</summary>
    public static bool IsTooEarly(string refusal) =>
        refusal.Contains("already", StringComparison.Ordinal)
        || refusal.Contains("Ask again", StringComparison.Ordinal)
        || refusal.Contains("nothing has changed", StringComparison.Ordinal);

    public ValueTask DisposeAsync() => Registry.DisposeAsync();
}
