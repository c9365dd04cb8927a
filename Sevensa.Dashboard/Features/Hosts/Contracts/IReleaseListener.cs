namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>Takes the releases that runners tell of (all registered ones are called).</summary>
public interface IReleaseListener
{
    /// <summary>
    /// Keeps them; told again after a lost connection, so known ids are passed over. The runner counts them as told when
    /// this returns, and sends them once more when it throws.
    /// </summary>
    Task OnReleasesAsync(string hostId, IReadOnlyList<ReleaseFacts> releases, CancellationToken cancellation);
}
