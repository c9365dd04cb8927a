using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Which rows of a result a wish is about.</summary>
internal static class WishRows
{
    public static bool IsMeant(Wish wish, JsonElement row) =>
        IsService(wish, row)
        && IsThen(wish, row)
        && wish.Kind switch
        {
            WishKind.Secrets => wish.Text != "overdue" || ResultWords.Flag(row, "overdue"),
            WishKind.Findings or WishKind.Alerts => wish.Text is null
                || string.Equals(ResultWords.Text(row, "severity"), wish.Text, StringComparison.OrdinalIgnoreCase),
            WishKind.Running => !wish.Said.Contains("never restarted", StringComparison.Ordinal)
                || ResultWords.Number(row, "restartCount") is 0,
            _ => true,
        };

    private static bool IsService(Wish wish, JsonElement row) =>
        wish.Service is not { } service
        || wish.Kind is WishKind.Secrets or WishKind.Changes
        || ResultWords.Text(row, "service") is not { } of
        || of == service
        || of == $"{wish.Tenant}-{service}"
        || service == $"{wish.Tenant}-{of}";

    private static bool IsThen(Wish wish, JsonElement row) =>
        wish.When is not { } when
        || !DateTimeOffset.TryParse(
            ResultWords.Text(row, "at") ?? ResultWords.Text(row, "since"),
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var at
        )
        || when.Holds(at);
}
