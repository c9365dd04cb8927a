using System.ComponentModel;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Platform.Storage;

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
        yield return ToolFunction.Create(
            [Description("Container hardening (CIS): score per service, failing items")]
            async (
                [Description("Tenant id")] string tenant,
                [Description("One service")] string? service = null,
                CancellationToken cancellation = default
            ) =>
            {
                var sheet = await desk.OfTenantAsync(caller, tenant, cancellation);
                service = Meant(tenant, service, sheet);
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
                            .Select(item => new ItemSeen(
                                item.Container!,
                                item.Check,
                                item.Title,
                                item.Reason,
                                HardeningItems.All.ContainsKey(item.Check) ? HardeningItems.Kind : null
                            )),
                    ],
                    PostureLinks.Tenant(tenant, service)
                );
            },
            "get_posture"
        );
    }

    /// <exception cref="ArgumentException">There is none: that nothing of it fails would be read as praise.</exception>
    private static string? Meant(string tenant, string? service, PostureSheet sheet) =>
        string.IsNullOrWhiteSpace(service)
            ? null
            : sheet.ServiceOf(tenant, service)
                ?? throw new ArgumentException(
                    $"{tenant} has no service \"{StoreText.Shorten(service, 100)}\" that a container runs. It has {string.Join(", ", sheet.Parts.Select(part => part.Name).Order(StringComparer.Ordinal))}."
                );

    private sealed record PostureSeen(
        int? Score,
        IReadOnlyList<ServiceSeen> Services,
        int Failing,
        IReadOnlyList<ItemSeen> Items,
        string Link
    );

    private sealed record ServiceSeen(string Service, int? Score, int Failing, int Excepted);

    private sealed record ItemSeen(string Container, string Check, string Wanted, string Found, string? Action);
}

/// <summary>Addresses of the pages.</summary>
internal static class PostureLinks
{
    public static string Tenant(string tenant, string? service = null, string? state = null, string? item = null) =>
        With($"/tenants/{Uri.EscapeDataString(tenant)}/posture", service, state, item);

    public static string Host(string id, string? part = null, string? state = null, string? item = null) =>
        With($"/posture/hosts/{Uri.EscapeDataString(id)}", part, state, item);

    /// <summary>The form that puts an item of a service right, filled in.</summary>
    public static string Harden(string tenant, string service, string check) =>
        QueryHelpers.AddQueryString(
            $"/tenants/{Uri.EscapeDataString(tenant)}/propose",
            new Dictionary<string, string?>
            {
                ["kind"] = HardeningItems.Kind,
                ["target"] = $"service:{service}",
                ["items"] = check,
            }
        );

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
