using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Ui.Format;

namespace Sevensa.Dashboard.Features.Metrics;

/// <summary>What is left of the failures that the agreement allows over thirty days.</summary>
internal static class ErrorBudget
{
    /// <summary>Words when it is gone, or goes before its month ends; null when all is well or nothing was agreed.</summary>
    public static string? Warning(Tenant tenant, TenantHealth health)
    {
        if (
            tenant.AvailabilityObjective is not { } objective
            || objective >= 1
            || health.Availability30d is not { } kept
        )
        {
            return null;
        }
        var allowed = 1 - objective;
        var left = 1 - (1 - kept) / allowed;
        if (left <= 0)
        {
            return "error budget of 30 days used up";
        }
        // 1 spends the whole budget in exactly thirty days.
        var burn = Failing(health) / allowed;
        return burn <= 1
            ? null
            : $"error budget gone in {Duration.Age(TimeSpan.FromDays(30) * (left / burn))} at this rate";
    }

    /// <summary>Of all the tenant's requests: a service that is asked little spends little.</summary>
    private static double Failing(TenantHealth health)
    {
        var asked = health.Services.Where(service => service.RequestsPerSecond > 0).ToList();
        var all = asked.Sum(service => service.RequestsPerSecond!.Value);
        return all > 0 ? asked.Sum(service => service.RequestsPerSecond!.Value * (service.ErrorShare ?? 0)) / all : 0;
    }
}
