using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Vault;

/// <summary>
/// A node that is not the active one. It hands writes on and answers reads by itself, from what it had some time ago, unless the
/// request says what it must know (<c>X-Vault-Index</c>).
/// </summary>
internal sealed class VaultStandby(VaultStandIn active, SimulatedFleet fleet, TimeSpan lag) : IStandIn
{
    private const string Cluster = "389980dd-c9cb-89e5-830f-1146428de0dc";
    private VaultKv past = active.Kv.Copy();

    /// <summary>What reads are answered from; null for what the active node has.</summary>
    public VaultKv? Past { get; private set; }

    public static string IndexOf(long writes) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"cluster":"{{Cluster}}","value":"{{writes}}"}"""));

    public Task AnswerAsync(HttpContext context) => active.AnswerAsync(context, this);

    /// <summary>Its own answer, or null when the active node's is to be given.</summary>
    public VaultAnswer? Answer(HttpContext context, string[] segments, JsonObject? body)
    {
        if (segments is ["v1", "sys", "health"])
        {
            var health = active.Health(isStandby: true);
            return context.Request.Query["standbyok"] == "true" && health.Status == 429
                ? health with
                {
                    Status = 200,
                }
                : health;
        }
        if (active.Kv.Writes != past.Writes && fleet.Now - active.Kv.LastWrite >= lag.TotalSeconds)
        {
            past = active.Kv.Copy();
        }
        Past = past;
        if (
            context.Request.Headers["X-Vault-Index"].ToString() is { Length: > 0 } index
            && ValueOf(index) > past.Writes
        )
        {
            if (context.Request.Headers["X-Vault-Inconsistent"] != "forward-active-node")
            {
                context.Response.Headers.RetryAfter = "1";
                throw new VaultRefusal(429);
            }
            Past = null;
        }
        // Its engine looks at what it has before it hands the write on.
        if (
            Past is not null
            && context.Request.Method is "POST" or "PUT"
            && segments is ["v1", var mount, "data", .. var path]
            && Past!.Has(mount)
            && body?["options"]?["cas"]?.GetValueKind() == JsonValueKind.Number
            && (int)body["options"]!["cas"]! != Past.CurrentOf(mount, path)
        )
        {
            throw new VaultRefusal(400, "check-and-set parameter did not match the current version");
        }
        return null;
    }

    private static long ValueOf(string index)
    {
        try
        {
            return long.Parse(
                (string)JsonNode.Parse(Convert.FromBase64String(index))!["value"]!,
                System.Globalization.CultureInfo.InvariantCulture
            );
        }
        catch (Exception exception) when (exception is FormatException or JsonException or NullReferenceException)
        {
            throw new VaultRefusal(400, "failed to decode \"X-Vault-Index\"");
        }
    }
}
