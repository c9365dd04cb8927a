using System.ComponentModel;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>What the assistant and MCP may ask of posture.</summary>
internal sealed class PostureTools(PostureDesk desk) : IToolSource
{
    private const int Most = 40;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return AIFunctionFactory.Create(
            [Description("Container hardening (CIS): score per service, failing items")]
            async (
                [Description("Tenant id")] string tenant,
                [Description("One service")] string? service = null,
                CancellationToken cancellation = default
            ) =>
            {
                var sheet = await desk.OfTenantAsync(caller, tenant, cancellation);
                var failing = sheet
                    .Items.Where(item => item.State == CheckState.Fail && (service is null || item.Service == service))
                    .OrderByDescending(item => item.Weight)
                    .ThenBy(item => item.Order)
                    .ToList();
                return new PostureSeen(
                    sheet.Score,
                    [
                        .. sheet
                            .Parts.Where(part => service is null || part.Name == service)
                            .Select(part => new ServiceSeen(part.Name, part.Score, part.Failing, part.Excepted)),
                    ],
                    failing.Count,
                    [
                        .. failing
                            .Take(Most)
                            .Select(item => new ItemSeen(item.Container!, item.Check, item.Title, item.Reason)),
                    ],
                    PostureLinks.Tenant(tenant, service)
                );
            },
            "get_posture"
        );
    }

    private sealed record PostureSeen(
        int? Score,
        IReadOnlyList<ServiceSeen> Services,
        int Failing,
        IReadOnlyList<ItemSeen> Items,
        string Link
    );

    private sealed record ServiceSeen(string Service, int? Score, int Failing, int Excepted);

    private sealed record ItemSeen(string Container, string Check, string Wanted, string Found);
}

/// <summary>Addresses of the pages.</summary>
internal static class PostureLinks
{
    public static string Tenant(string tenant, string? service = null, string? state = null, string? item = null) =>
        With($"/tenants/{Uri.EscapeDataString(tenant)}/posture", service, state, item);

    public static string Host(string id, string? part = null, string? state = null, string? item = null) =>
        With($"/posture/hosts/{Uri.EscapeDataString(id)}", part, state, item);

    private static string With(string path, string? service, string? state, string? item) =>
        QueryHelpers.AddQueryString(
            path,
            new Dictionary<string, string?>
            {
                ["service"] = service,
                ["state"] = state,
                ["item"] = item,
            }
        );
}
