namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>Takes what runners tell of the connections of their containers (all registered ones are called).</summary>
public interface IFlowListener
{
    /// <summary>
    /// Keeps it. What it says of a container that is not taken from this host is to be passed over. The runner tells it again
    /// when it throws.
    /// </summary>
    Task OnFlowsAsync(string hostId, FlowReport report, CancellationToken cancellation);
}
