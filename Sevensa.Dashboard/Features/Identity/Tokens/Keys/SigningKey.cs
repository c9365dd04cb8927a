using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Keys;

/// <summary>A key that tokens are signed with, and when.</summary>
/// <param name="SignsFrom">It stands in the key set for a while before, so that whoever keeps a copy of the set knows it.</param>
/// <param name="GoesAt">When the last token that it may have signed is over; null while there is no newer one.</param>
/// <param name="IsSigning">New tokens are signed with it now.</param>
internal sealed record SigningKey(
    string Id,
    DateTimeOffset MadeAt,
    DateTimeOffset SignsFrom,
    DateTimeOffset? GoesAt,
    bool IsSigning,
    ProductKey Key
)
{
    /// <summary>Programs ask for the key set again well within this.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>Codes and refresh tokens are signed too; the longest lives two weeks.</summary>
    public static readonly TimeSpan LongestToken = OidcServer.RefreshLifetime + TimeSpan.FromHours(1);

    /// <param name="newestFirst">All that there ever were.</param>
    /// <returns>Those that are in the key set at a moment, the one that signs first.</returns>
    public static IReadOnlyList<SigningKey> At(IReadOnlyList<ProductKey> newestFirst, DateTimeOffset now)
    {
        var signing = newestFirst.FirstOrDefault(key => From(key) <= now) ?? newestFirst[^1];
        return
        [
            .. newestFirst
                .Select(
                    (key, index) =>
                        new SigningKey(
                            key.Id,
                            key.MadeAt,
                            From(key),
                            index == 0 ? null : From(newestFirst[index - 1]) + LongestToken,
                            key == signing,
                            key
                        )
                )
                .Where(key => key.GoesAt is null || key.GoesAt > now)
                .OrderByDescending(key => key.IsSigning)
                .ThenByDescending(key => key.MadeAt),
        ];

        // Before the first there was nothing to wait for.
        DateTimeOffset From(ProductKey key) => key == newestFirst[^1] ? key.MadeAt : key.MadeAt + Ahead;
    }
}
