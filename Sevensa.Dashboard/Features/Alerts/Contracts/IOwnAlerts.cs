namespace Sevensa.Dashboard.Features.Alerts.Contracts;

/// <summary>An alert of the product's own about a tenant.</summary>
/// <param name="Summary">What is wrong, in a sentence that names no other tenant.</param>
/// <param name="Description">What to do.</param>
public sealed record OwnAlert(string Tenant, string Severity, string Summary, string Description);

/// <summary>Takes in alerts that the product itself has found, beside those of Prometheus.</summary>
public interface IOwnAlerts
{
    /// <summary>Says what fires now of one name and source; what fired of them for these tenants and is not among it is over.</summary>
    /// <param name="source">Value of the label <c>instance</c>.</param>
    /// <param name="tenants">Those that were looked at.</param>
    Task TellAsync(
        string name,
        string service,
        string source,
        IReadOnlyCollection<string> tenants,
        IReadOnlyList<OwnAlert> firing,
        CancellationToken cancellation
    );
}
