using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>What a plan of <c>secret.rotate</c> says to its executor: which key of which version, and how long the new value is.</summary>
internal sealed record RotationPlan(int Version, string Key, int Length)
{
    public const string Kind = "secret.rotate";
    public const string Read = "secret.read";
    public const string Write = "secret.write";
    public const string Verify = "secret.verify";

    /// <summary>No two of them look alike, and none means anything in a shell, an address or a connection string.</summary>
    public const string Alphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

    public int NextVersion => Version + 1;

    public JsonElement Arguments =>
        JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["cas"] = Version,
                ["key"] = Key,
                ["length"] = Length,
            }
        );

    public static RotationPlan Of(ActionPlan plan)
    {
        var arguments = plan.Steps.Single(step => step.Verb == Write).Arguments!.Value;
        return new RotationPlan(
            arguments.GetProperty("cas").GetInt32(),
            arguments.GetProperty("key").GetString()!,
            arguments.GetProperty("length").GetInt32()
        );
    }

    /// <summary>Fingerprint of what the plan rests on.</summary>
    public static string World(SecretPath path, int version, IEnumerable<string> keys) =>
        CanonicalJson.Hash(
            JsonSerializer.SerializeToElement(
                new JsonObject
                {
                    ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)key)]),
                    ["path"] = path.Full,
                    ["version"] = version,
                }
            )
        );

    public string Differs(string target, int? now) =>
        now is null
            ? $"{target} is no longer in Vault"
            : string.Create(CultureInfo.InvariantCulture, $"{target} was at version {Version} and is at version {now}");
}
