using System.ComponentModel;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Tenants;

internal sealed class TenantTools(ITenants tenants) : IToolSource
{
    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description("Lists the tenants that the asker may see, with their services and objectives.")]
            async (CancellationToken cancellation) => await tenants.VisibleAsync(caller, cancellation),
            "list_tenants"
        );
    }
}
