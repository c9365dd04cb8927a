using System.Security.Claims;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Nav;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>Services in the palette: see their figures, read their logs, ask for a restart. Nothing runs from here; the console proposes.</summary>
internal sealed class FleetCommands(ITenants tenants) : ICommandSource
{
    public async ValueTask<IReadOnlyList<PaletteCommand>> FindAsync(
        ClaimsPrincipal person,
        string query,
        CancellationToken cancellationToken
    )
    {
        if (Caller.From(person) is not { IsStaff: true } caller)
        {
            return [];
        }
        var found = new List<PaletteCommand>();
        foreach (var tenant in await tenants.VisibleAsync(caller, cancellationToken))
        {
            var root = $"/tenants/{Uri.EscapeDataString(tenant.Id)}";
            foreach (var service in tenant.Services)
            {
                found.Add(
                    new(
                        $"{tenant.Name} {service}",
                        "Services",
                        $"{root}/metrics",
                        Hint: "metrics",
                        Icon: "metrics",
                        Words: tenant.Id
                    )
                );
                found.Add(
                    new(
                        $"Logs of {tenant.Name} {service}",
                        "Services",
                        $"{root}/logs?query={Uri.EscapeDataString($"{{service=\"{service}\"}}")}",
                        Icon: "logs",
                        Words: tenant.Id
                    )
                );
                if (caller.MayPropose)
                {
                    found.Add(
                        new(
                            $"Restart {tenant.Name} {service}",
                            "Run",
                            $"/console?ask={Uri.EscapeDataString($"Restart the {service} service of {tenant.Name}")}",
                            Hint: "asks for approval first",
                            Icon: "retry",
                            Words: $"{tenant.Id}-{service}"
                        )
                    );
                }
            }
            found.Add(
                new(
                    $"Portal of {tenant.Name}",
                    "Tenants",
                    $"/portal/{Uri.EscapeDataString(tenant.Id)}",
                    Hint: "as the client sees it",
                    Icon: "person",
                    Words: tenant.Id
                )
            );
        }
        return found;
    }
}
