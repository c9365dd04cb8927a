using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

public static class CallerAudit
{
    /// <summary>The caller as the audit record names them.</summary>
    public static AuditActor Actor(this Caller caller) =>
        new(caller.IsPerson ? "person" : "client", caller.Subject, caller.Name);
}
