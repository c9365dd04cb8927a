using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A secret that holds an AppRole's ids, and a container that reads it.</summary>
internal static class AppRoleGround
{
    public const string Target = "ci/vault";
    public const string Role = "rentguy-ci";
    public const string Data = "/v1/secret/data/rentguy/ci/vault";
    private const string Metadata = "/v1/secret/metadata/rentguy/ci/vault";
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    /// <param name="asked">With what the secret id is made, as JSON.</param>
    /// <param name="key">That holds the secret id.</param>
    /// <param name="noted">Services that the metadata notes.</param>
    /// <param name="onChange">What the container's label says of a new value.</param>
    public static async Task<SagaGround> StartAsync(
        SharedInstance instance,
        string role = Role,
        string? roleId = null,
        string asked = "{}",
        string key = "secret_id",
        string? noted = null,
        string onChange = "restart"
    )
    {
        var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync("POST", $"/v1/auth/approle/role/{role}", """{"token_policies": ["default"]}""");
        roleId ??= (string)(await AskAsync(ground, "GET", $"/v1/auth/approle/role/{role}/role-id"))["role_id"]!;
        var made = await AskAsync(ground, "POST", $"/v1/auth/approle/role/{role}/secret-id", asked);
        await WriteAsync(
            ground,
            new JsonObject
            {
                ["role_id"] = roleId,
                [key] = (string)made["secret_id"]!,
                ["api_token"] = "of-something-else",
            }
        );
        await NoteAsync(ground, noted, role);
        ground.Upstreams.Clock.Advance(TimeSpan.FromSeconds(1));
        ground.Shop.Fleet.Change(
            new('a', 64),
            facts =>
                facts with
                {
                    Labels = new Dictionary<string, string>
                    {
                        ["sevensa.secret.vault"] = Target,
                        ["sevensa.secret.vault.on-change"] = onChange,
                    },
                }
        );
        return ground;
    }

    public static Task WriteAsync(SagaGround ground, JsonObject data) =>
        ground.VaultAsync("POST", Data, new JsonObject { ["data"] = data }.ToJsonString());

    /// <summary>Which services the metadata notes.</summary>
    public static Task NoteAsync(SagaGround ground, string? noted, string role = Role)
    {
        var custom = new JsonObject { ["approle"] = role };
        if (noted is not null)
        {
            custom["consumers"] = noted;
        }
        return ground.VaultAsync("POST", Metadata, new JsonObject { ["custom_metadata"] = custom }.ToJsonString());
    }

    public static async Task<JsonNode> AskAsync(SagaGround ground, string method, string path, string? body = "{}")
    {
        var (status, _, text) = await ground.Upstreams.SendAsync(
            "openbao",
            method,
            path,
            method == "GET" ? null : body,
            Root
        );
        Assert.True(status == 200, $"{method} {path}: {status} {text}");
        return JsonNode.Parse(text)!["data"]!;
    }

    public static async Task<bool> LogsInAsync(
        SagaGround ground,
        IReadOnlyDictionary<string, string> ids,
        string key = "secret_id"
    )
    {
        var (status, _, _) = await ground.Upstreams.SendAsync(
            "openbao",
            "POST",
            "/v1/auth/approle/login",
            JsonSerializer.Serialize(new { role_id = ids["role_id"], secret_id = ids[key] })
        );
        return status == 200;
    }

    public static async Task<int> CountAsync(SagaGround ground) =>
        (await AskAsync(ground, "GET", $"/v1/auth/approle/role/{Role}/secret-id?list=true"))["keys"]!.AsArray().Count;

    /// <summary>What Vault knows of a secret id.</summary>
    public static Task<JsonNode> KnownAsync(SagaGround ground, string secretId) =>
        AskAsync(
            ground,
            "POST",
            $"/v1/auth/approle/role/{Role}/secret-id/lookup",
            JsonSerializer.Serialize(new { secret_id = secretId })
        );

    public static async Task DestroyAsync(SagaGround ground, string secretId) =>
        await ground.VaultAsync(
            "POST",
            $"/v1/auth/approle/role/{Role}/secret-id-accessor/destroy",
            JsonSerializer.Serialize(
                new { secret_id_accessor = (string)(await KnownAsync(ground, secretId))["secret_id_accessor"]! }
            )
        );
}
