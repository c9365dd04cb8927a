using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Actions;

internal static class Callers
{
    public static Caller Admin { get; } = Person("admin", Role.Admin);
    public static Caller Operator { get; } = Person("operator", Role.Operator, "rentguy", "witcom");
    public static Caller Approver { get; } = Person("approver", Role.Approver, "rentguy", "witcom");
    public static Caller Viewer { get; } = Person("viewer", Role.Viewer, "rentguy");
    public static Caller Client { get; } = Person("client-rentguy", Role.Client, "rentguy");
    public static Caller Stranger { get; } = Person("stranger", Role.Operator, "psra-ltsd");
    public static Caller Program { get; } =
        Person("sandbox-automation", Role.Operator, "rentguy") with
        {
            IsPerson = false,
            Scopes = ApiScopes.Read | ApiScopes.Propose | ApiScopes.ScansWrite,
        };

    public static Caller Person(string name, Role role, params string[] tenants) =>
        new($"id-{name}", name, role, true, role == Role.Admin ? TenantSet.All : TenantSet.Of(tenants), ApiScopes.All);
}
