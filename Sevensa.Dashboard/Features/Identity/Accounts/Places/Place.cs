using System.Globalization;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Places;

/// <summary>Where an address is, as far as a database of addresses knows.</summary>
/// <param name="Country">ISO 3166 code.</param>
/// <param name="Words">As people read it: <c>Amsterdam, Netherlands</c>.</param>
/// <param name="Latitude">Null with <paramref name="Longitude"/> where the address says nothing of where its user is: no coordinates are known, or many share it from everywhere.</param>
/// <param name="RadiusKm">How far off the coordinates may be.</param>
internal sealed record Place(string Country, string Words, double? Latitude, double? Longitude, int RadiusKm)
{
    private const double EarthRadiusKm = 6371;

    /// <summary>The same for addresses some kilometres apart.</summary>
    public string Key =>
        Latitude is { } north && Longitude is { } east
            ? string.Create(CultureInfo.InvariantCulture, $"{Country}:{north:0.0}:{east:0.0}")
            : Country;

    /// <summary>Along the great circle, both radii taken off; null where coordinates are missing.</summary>
    public double? LeastKmTo(Place other)
    {
        if (
            Latitude is not { } north
            || Longitude is not { } east
            || other.Latitude is not { } otherNorth
            || other.Longitude is not { } otherEast
        )
        {
            return null;
        }
        var (one, two) = (double.DegreesToRadians(north), double.DegreesToRadians(otherNorth));
        var half = Square(Math.Sin((two - one) / 2));
        half += Math.Cos(one) * Math.Cos(two) * Square(Math.Sin(double.DegreesToRadians(otherEast - east) / 2));
        var apart = 2 * EarthRadiusKm * Math.Asin(Math.Sqrt(Math.Clamp(half, 0, 1)));
        return Math.Max(0, apart - RadiusKm - other.RadiusKm);
    }

    private static double Square(double number) => number * number;
}
