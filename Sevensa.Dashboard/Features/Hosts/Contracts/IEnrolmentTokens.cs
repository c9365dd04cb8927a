namespace Sevensa.Dashboard.Features.Hosts.Contracts;

/// <summary>Single-use tokens that let one host enrol.</summary>
public interface IEnrolmentTokens
{
    /// <summary>For a runner in the dashboard's own process: bound to a name, and replacing a host enrolled under it before.</summary>
    /// <returns>The token itself; it is stored as a hash only.</returns>
    Task<string> IssueForOwnRunnerAsync(string hostName, CancellationToken cancellation);
}
