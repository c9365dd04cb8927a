namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>
/// Names of the authorization policies. Every page, hub and endpoint names one or says AllowAnonymous; a test holds that.
/// They open the door only: which tenant and which risk is decided by the service behind it, from the <see cref="Caller"/>.
/// </summary>
public static class Policies
{
    /// <summary>A signed-in person or token with <c>read</c>, clients included: health of one's own tenant.</summary>
    public const string Portal = "portal";

    /// <summary>Staff (viewer, operator, approver, admin, a custom role that reads) with <c>read</c>.</summary>
    public const string Read = "read";

    /// <summary>Operator, admin or a custom role that proposes, with <c>propose</c>.</summary>
    public const string Propose = "propose";

    /// <summary>Operator, admin or a custom role that handles alerts, with <c>propose</c>.</summary>
    public const string Alerts = "alerts";

    /// <summary>Operator, approver, admin or a custom role that approves, as a person, with <c>approve</c>.</summary>
    public const string Approve = "approve";

    /// <summary>Staff, with whatever token: the service behind says who may decide, with its code and a row in the record.</summary>
    public const string Decide = "decide";

    /// <summary>Scan reports may be handed in (<c>scans:write</c>).</summary>
    public const string ScansWrite = "scansWrite";

    public const string Admin = "admin";

    /// <summary>A runner that proved possession of its enrolled key, or holds an enrolment token.</summary>
    public const string Runner = "runner";
}

/// <summary>On an endpoint that is a WebSocket for browsers: it takes a ticket in place of the Authorization header.</summary>
public sealed class TakesTickets
{
    public static TakesTickets Here { get; } = new();
}
