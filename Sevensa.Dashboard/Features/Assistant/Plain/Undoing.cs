using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>The action that takes back what another one did, where the catalogue has one.</summary>
/// <param name="Parameters">As the kind takes them; null for none.</param>
internal sealed record Undoing(string Kind, string Target, JsonObject? Parameters = null)
{
    /// <summary>Null when no action undoes it.</summary>
    public static Undoing? Of(Proposal done) =>
        done.Kind switch
        {
            "container.stop" => new Undoing("container.start", done.Target),
            "container.start" => new Undoing("container.stop", done.Target),
            "service.scale" when done.Plan.Containers.Count > 0 => new Undoing(
                done.Kind,
                done.Target,
                new JsonObject { ["replicas"] = done.Plan.Containers.Count }
            ),
            "service.rollback" or "service.deploy" => new Undoing("service.rollback", done.Target, Before(done)),
            "service.harden" or "secret.unexpose" => new Undoing("service.rollback", done.Target, Specification(done)),
            "tenant.rollback" => new Undoing(done.Kind, done.Tenant, Before(done)),
            "network.connect" => Same("network.disconnect", done, "network"),
            "network.disconnect" => Same("network.connect", done, "network"),
            _ => null,
        };

    /// <summary>What ran just before it was handed to the host, whatever was released since.</summary>
    private static JsonObject Before(Proposal done) =>
        new()
        {
            ["to"] = (done.DispatchedAt ?? done.CreatedAt)
                .AddMilliseconds(-1)
                .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["timeZone"] = "UTC",
        };

    /// <summary>How it was made just before, from the same image.</summary>
    private static JsonObject Specification(Proposal done)
    {
        var before = Before(done);
        (before["code"], before["configuration"]) = (false, true);
        return before;
    }

    private static Undoing? Same(string kind, Proposal done, string parameter) =>
        done.Plan.Parameters.ValueKind == JsonValueKind.Object
        && done.Plan.Parameters.TryGetProperty(parameter, out var value)
            ? new Undoing(kind, done.Target, new JsonObject { [parameter] = JsonNode.Parse(value.GetRawText()) })
            : null;
}
