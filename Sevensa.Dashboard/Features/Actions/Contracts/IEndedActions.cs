using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>How an action ended.</summary>
public sealed record EndedAction(string Target, DateTimeOffset EndedAt, ProposalState State);

/// <summary>How actions ended for a tenant, for what its own people are told: neither who asked nor what was said.</summary>
public interface IEndedActions
{
    /// <summary>The last of a kind that ended, whoever asked for it; null when none did.</summary>
    Task<EndedAction?> LastAsync(TenantScope scope, string tenant, string kind, CancellationToken cancellation);
}
