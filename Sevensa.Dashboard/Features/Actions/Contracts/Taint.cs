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

    /// <summary>The <c>kind</c> of a mere warning, where no model said what is proposed.</summary>
    public const string WarningKind = "warning";

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
    public static bool IsIn(IEnumerable<JsonElement> evidence) => evidence.Any(one => Is(one, Kind));

    /// <summary>Whether something that was looked at is among it.</summary>
    internal static bool HasMoreThanMarks(IEnumerable<JsonElement> evidence) =>
        evidence.Any(one => !Is(one, Kind) && !Is(one, WarningKind));

    private static bool Is(JsonElement one, string kind) =>
        one.ValueKind == JsonValueKind.Object
        && one.TryGetProperty("kind", out var said)
        && said.ValueKind == JsonValueKind.String
        && said.ValueEquals(kind);
}
