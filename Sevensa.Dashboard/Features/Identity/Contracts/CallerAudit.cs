using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

public static class CallerAudit
{
    /// <summary>The caller as the audit record names them, with the client and token that carried what they did.</summary>
    public static AuditActor Actor(this Caller caller) =>
        new(caller.IsPerson ? "person" : "client", caller.Subject, caller.Name, Via(caller))
        {
            Session = caller.Client is null ? caller.Session : null,
        };

    private static string? Via(Caller caller) =>
        (caller.Client, caller.Token) switch
        {
            (null, _) => null,
            // A personal token is its own client.
            ({ } client, { } token) when !client.EndsWith(token, StringComparison.Ordinal) => $"{client} token:{token}",
            var (client, _) => client,
        };
}
