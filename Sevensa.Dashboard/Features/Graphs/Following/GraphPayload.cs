using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Graphs.LangGraph;

namespace Sevensa.Dashboard.Features.Graphs.Following;

/// <summary>What an interrupt asks for, when it names a kind of action, what with, and why.</summary>
internal sealed record GraphPayload(string Kind, string Target, JsonElement Parameters, string Reason)
{
    private static readonly JsonElement nothing = JsonSerializer.SerializeToElement(new { });

    /// <summary>Null when a person has to answer it.</summary>
    /// <param name="why">Then: why it is no proposal, where it looked like one.</param>
    public static GraphPayload? Read(JsonElement value, string tenant, IActionCatalogue catalogue, out string? why)
    {
        why = null;
        if (GraphJson.Text(value, "kind") is not { Length: > 0 } named)
        {
            return null;
        }
        var kind = catalogue.All.FirstOrDefault(one =>
            string.Equals(one.Name, named, StringComparison.OrdinalIgnoreCase)
        );
        var parameters = GraphJson.Inner(value, "parameters") ?? nothing;
        why =
            kind is null ? "It names a kind of action that there is not."
            : GraphJson.Text(value, "target") is not { Length: > 0 } ? "It names no target."
            : string.IsNullOrWhiteSpace(GraphJson.Text(value, "reason")) ? "It says no reason."
            : parameters.ValueKind != JsonValueKind.Object ? "Its parameters are no object."
            : GraphJson.Text(value, "tenant") is { } other && other != tenant
                ? "It names another tenant than the thread's."
            : null;
        return why is null
            ? new GraphPayload(
                kind!.Name,
                GraphJson.Text(value, "target")!,
                parameters,
                GraphJson.Text(value, "reason")!.Trim()
            )
            : null;
    }
}
