using System.Globalization;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>Reads a record of a database of cities or countries, by the names that their makers share.</summary>
internal static class PlaceReading
{
    private const int LongestName = 60;

    /// <summary>Where the database does not say how far off its coordinates may be.</summary>
    private const int UsualRadiusKm = 100;

    /// <summary>By these an address says nothing of where its user is.</summary>
    private static readonly string[] elsewhere = ["is_anonymous_proxy", "is_satellite_provider", "is_anycast"];

    public static Place? Of(IReadOnlyDictionary<string, object> found)
    {
        if (Part(found, "country") is not { } country || Text(country, "iso_code") is not { Length: <= 8 } code)
        {
            return null;
        }
        var names = new[] { Name(Part(found, "city")), Name(country) ?? code };
        var words = string.Join(", ", names.OfType<string>());
        var location = Part(found, "location");
        var (north, east) = (Number(location, "latitude"), Number(location, "longitude"));
        var traits = Part(found, "traits");
        var isElsewhere = traits is not null && elsewhere.Any(one => traits.GetValueOrDefault(one) is true);
        if (isElsewhere || north is not (>= -90 and <= 90) || east is not (>= -180 and <= 180))
        {
            return new Place(code, words, null, null, 0);
        }
        var radius = Number(location, "accuracy_radius") is (> 0 and <= 20_000) and { } km ? (int)km : UsualRadiusKm;
        return new Place(code, words, north, east, radius);
    }

    private static IReadOnlyDictionary<string, object>? Part(IReadOnlyDictionary<string, object> found, string name) =>
        found.GetValueOrDefault(name) as IReadOnlyDictionary<string, object>;

    private static string? Text(IReadOnlyDictionary<string, object>? part, string name) =>
        part?.GetValueOrDefault(name) is string { Length: > 0 } text ? text : null;

    private static string? Name(IReadOnlyDictionary<string, object>? part) =>
        part is not null && Text(Part(part, "names"), "en") is { } name
            ? name[..Math.Min(name.Length, LongestName)]
            : null;

    private static double? Number(IReadOnlyDictionary<string, object>? part, string name) =>
        part?.GetValueOrDefault(name) is IConvertible number and not string
            ? number.ToDouble(CultureInfo.InvariantCulture)
            : null;
}
