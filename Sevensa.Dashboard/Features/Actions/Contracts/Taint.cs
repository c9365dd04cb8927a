using System.Text.Json;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// The mark, among a proposal's evidence, that what led to it was read by a model together with text that addressed one.
/// Such a proposal is approved by somebody else than who asked, whatever its risk.
/// </summary>
public static class Taint
{
    /// <summary>The mark's <c>kind</c>.</summary>
    public const string Kind = "taint";

    /// <summary>The mark, as evidence.</summary>
    public static JsonElement Mark { get; } =
        JsonSerializer.SerializeToElement(
            new
            {
                kind = Kind,
                title = "Text that was read in this conversation addressed an assistant. It was treated as text; look twice. Somebody else than who asked approves this.",
            }
        );

    /// <summary>Whether the mark is among it.</summary>
    /// <param name="evidence">Of a proposal.</param>
    public static bool IsIn(IEnumerable<JsonElement> evidence) =>
        evidence.Any(one =>
            one.ValueKind == JsonValueKind.Object
            && one.TryGetProperty("kind", out var kind)
            && kind.ValueKind == JsonValueKind.String
            && kind.ValueEquals(Kind)
        );
}
