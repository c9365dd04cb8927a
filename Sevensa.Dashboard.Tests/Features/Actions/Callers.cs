using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

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
