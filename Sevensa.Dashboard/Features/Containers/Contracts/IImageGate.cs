using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Contracts;

/// <summary>Asked before a plan puts an image to work. Implemented by whoever knows what scanners found; when nobody does, nothing is held back.</summary>
public interface IImageGate
{
    /// <param name="tenant">For which it would run.</param>
    /// <param name="digest"><c>repo@sha256:…</c> or <c>sha256:…</c></param>
    /// <returns>Null when it may run; else why not, in words.</returns>
    Task<string?> ObjectionAsync(Caller caller, string tenant, string digest, CancellationToken cancellation);
}
