using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Hosts;

internal static class Callers
{
    public static Caller Admin { get; } = new("u1", "Ada", Role.Admin, true, TenantSet.All, ApiScopes.All);

    public static Caller Operator { get; } =
        new("u2", "Otto", Role.Operator, true, TenantSet.Of(["rentguy"]), ApiScopes.All);
}
