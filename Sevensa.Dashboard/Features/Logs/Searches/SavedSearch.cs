namespace Sevensa.Dashboard.Features.Logs.Searches;

/// <summary>A question that a tenant's people ask again and again, under a name they share.</summary>
internal sealed class SavedSearch
{
    public const int LongestName = 80;
    public const int LongestQuery = 5_000;

    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Name { get; set; }

    /// <summary>LogQL as it was understood; scoped anew whenever it is asked.</summary>
    public required string Query { get; set; }
    public required string SavedBy { get; set; }
    public required DateTimeOffset SavedAt { get; set; }
}

/// <summary>A name or query that can't be saved; answered as 422.</summary>
internal sealed class SearchRefusedException(string message) : Exception(message);

/// <summary>Answered as 404, for another tenant's search too.</summary>
internal sealed class UnknownSearchException(string tenant, string id)
    : Exception($"Tenant {tenant} has no saved search \"{id}\".");
