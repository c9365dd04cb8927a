using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>What the key/value engine says of mounts, secrets and versions, without their values.</summary>
internal sealed class KvDescriptions(VaultManner manner)
{
    /// <summary>What holds for a whole mount.</summary>
    public JsonObject Of(KvMount store)
    {
        var told = new JsonObject
        {
            ["cas_required"] = store.CasRequired,
            ["delete_version_after"] = "0s",
            ["max_versions"] = store.MaxVersions,
        };
        if (manner == VaultManner.OpenBao)
        {
            told["metadata_cas_required"] = false;
        }
        return told;
    }

    /// <summary>A secret with all its versions.</summary>
    public JsonObject Of(KvSecret secret)
    {
        var metadata = Described(secret);
        if (manner == VaultManner.OpenBao)
        {
            metadata["current_metadata_version"] = 1;
            metadata["metadata_cas_required"] = false;
        }
        return metadata;
    }

    private static JsonObject Described(KvSecret secret) =>
        new()
        {
            ["cas_required"] = secret.CasRequired,
            ["created_time"] = Reply.GoTime(secret.Created),
            ["current_version"] = secret.Current,
            ["custom_metadata"] = secret.Custom?.DeepClone(),
            ["delete_version_after"] = GoDuration(secret.DeleteAfter),
            ["max_versions"] = secret.MaxVersions,
            ["oldest_version"] = secret.Oldest,
            ["updated_time"] = Reply.GoTime(
                secret.Versions.Count == 0 ? secret.Created : secret.Versions[secret.Current].Created
            ),
            ["versions"] = new JsonObject(
                secret.Versions.Select(v =>
                    KeyValuePair.Create(
                        v.Key.ToString(CultureInfo.InvariantCulture),
                        (JsonNode?)
                            new JsonObject
                            {
                                ["created_time"] = Reply.GoTime(v.Value.Created),
                                ["deletion_time"] = v.Value.Deleted is { } at ? Reply.GoTime(at) : "",
                                ["destroyed"] = v.Value.Destroyed,
                            }
                    )
                )
            ),
        };

    /// <summary>One version.</summary>
    public JsonObject Of(KvSecret secret, KvVersion version)
    {
        var told = new JsonObject
        {
            ["created_time"] = Reply.GoTime(version.Created),
            ["deletion_time"] = version.Deleted is { } at ? Reply.GoTime(at) : "",
            ["destroyed"] = version.Destroyed,
            ["version"] = version.Number,
        };
        if (manner == VaultManner.OpenBao)
        {
            told["custom_metadata"] = secret.Custom?.DeepClone();
        }
        return told;
    }

    private static string GoDuration(long seconds) =>
        seconds == 0 ? "0s"
        : seconds >= 3600 ? $"{seconds / 3600}h{seconds / 60 % 60}m{seconds % 60}s"
        : seconds >= 60 ? $"{seconds / 60}m{seconds % 60}s"
        : $"{seconds}s";
}
