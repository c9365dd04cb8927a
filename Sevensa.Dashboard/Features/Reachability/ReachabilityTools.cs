using System.ComponentModel;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>What the assistant and MCP may ask of reachability.</summary>
internal sealed class ReachabilityTools(ReachabilityDesk desk) : IToolSource
{
    private const int Most = 40;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description("What a service could reach over networks, undeclared flows")]
            async (
                [Description("Tenant id")] string tenant,
                [Description("From this service")] string? service = null,
                CancellationToken cancellation = default
            ) =>
            {
                var sheet = await desk.OfTenantAsync(caller, tenant, service, cancellation);
                return new ReachSeen(
                    sheet.From,
                    sheet.Reach?.Count,
                    sheet.Reach is null ? null : [.. sheet.Reach.Take(Most)],
                    sheet.Findings.Count,
                    [.. sheet.Findings.Take(Most).Select(finding => finding.Reason)],
                    ReachabilityLinks.Tenant(tenant, sheet.From)
                );
            },
            "get_reachability"
        );
    }

    private sealed record ReachSeen(
        string? From,
        int? Reaches,
        IReadOnlyList<ReachedService>? Reached,
        int Findings,
        IReadOnlyList<string> FindingsInWords,
        string Link
    );
}

/// <summary>Addresses of the page.</summary>
internal static class ReachabilityLinks
{
    public static string Tenant(string tenant, string? from = null, string? show = null) =>
        QueryHelpers.AddQueryString(
            $"/tenants/{Uri.EscapeDataString(tenant)}/reachability",
            new Dictionary<string, string?> { ["service"] = from, ["show"] = show }
        );
}
