namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// Whether an address is somebody's at all: asked before anything else about a request is judged, so that another's tenant
/// is not there whatever else is wrong with the question. The registry of tenants implements it.
/// </summary>
public interface ITenantDoor
{
    /// <param name="tenants">As the address has it: an id, or several with <c>|</c> between them.</param>
    /// <remarks>Throws what is answered as 404 when one of them is not there for the caller.</remarks>
    ValueTask PassAsync(Caller caller, string tenants, CancellationToken cancellation);
}
