using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Contracts;

/// <summary>What a service ran when, for other features.</summary>
public interface IServiceReleases
{
    /// <summary>Newest first, each with what it changed.</summary>
    /// <exception cref="Tenants.Contracts.UnknownTenantException">No such tenant, or not the caller's.</exception>
    Task<IReadOnlyList<ServiceRelease>> OfAsync(
        Caller caller,
        string tenant,
        string service,
        CancellationToken cancellation
    );
}

/// <param name="Image">As it was referred to; empty when the service was taken away.</param>
/// <param name="Until">Null while it runs.</param>
/// <param name="Why">The reason that was given, when one was.</param>
/// <param name="ActionId">The proposal that brought it.</param>
/// <param name="Before">Id of the release before it on its host; null for the first that is known.</param>
/// <param name="Differences">What differs from that one.</param>
public sealed record ServiceRelease(
    string Id,
    string Service,
    string Host,
    string Image,
    string ImageDigest,
    DateTimeOffset From,
    DateTimeOffset? Until,
    string By,
    string? Why,
    string? ActionId,
    string? Before,
    string? BeforeImage,
    IReadOnlyList<ServiceReleaseDifference> Differences
);

/// <param name="Part">image, replicas, network, mount, port, label, environment or setting.</param>
/// <param name="Before">Null when it was not there.</param>
/// <param name="After">Null when it is not there any more.</param>
/// <param name="Hidden">The value stays on its host: only that it differs is known.</param>
public sealed record ServiceReleaseDifference(string Part, string Name, string? Before, string? After, bool Hidden);
