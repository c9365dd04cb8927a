using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Tenants;

/// <summary>
/// Tenants in the configuration as a file. What the settings name is theirs: at the next start they would bring it back. Nobody
/// takes a tenant away, since what it owns would be nobody's.
/// </summary>
internal sealed class ConfiguredTenants(
    TenantStore store,
    TenantRegistry registry,
    IOptions<List<TenantOptions>> settings,
    IAuditLog audit
) : IConfigurationPart
{
    private sealed record Content(
        string? Name,
        string? Colour = null,
        IReadOnlyList<string>? Services = null,
        IReadOnlyList<string>? ComposeProjects = null,
        double? LatencyObjectiveMs = null,
        double? AvailabilityObjective = null
    );

    public string Name => "tenants";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [.. (await store.ListAsync(cancellation)).Select(tenant => new ConfigurationItem(tenant.Id, Of(tenant)))];

    public Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var content = Of(Read(key, wanted));
        if (
            settings.Value.Exists(one => one.Id == key) && !(current is { } now && JsonElement.DeepEquals(now, content))
        )
        {
            throw new UnfitConfigurationException(
                "The settings of the program name this tenant (Tenants:N:Id). Change it there, or take it out of them first."
            );
        }
        return Task.FromResult(content);
    }

    public string? WhyKept(string key) => "A tenant is not taken away: what it owns would be nobody's.";

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        var tenant = Read(key, wanted!.Value);
        await audit.AppendAsync(
            new AuditEntry(caller.Actor(), "tenant.saved", key, key, Detail: tenant.Name),
            cancellation
        );
        await store.PutAsync([tenant], cancellation);
        registry.Forget();
        return new ConfigurationDone($"Saved the tenant {tenant.Name}.");
    }

    /// <summary>By the rules of the settings, so that one is a tenant here exactly when it is one there.</summary>
    private static Tenant Read(string id, JsonElement wanted)
    {
        var content = ConfigurationContent.Read<Content>(wanted);
        var tenant = new TenantOptions
        {
            Id = id,
            Name = content.Name ?? "",
            Services = [.. content.Services ?? []],
            ComposeProjects = [.. content.ComposeProjects ?? []],
            LatencyObjectiveMs = content.LatencyObjectiveMs,
            AvailabilityObjective = content.AvailabilityObjective,
        };
        tenant.Colour = content.Colour ?? tenant.Colour;
        var faults = new List<ValidationResult>();
        return Validator.TryValidateObject(tenant, new ValidationContext(tenant), faults, validateAllProperties: true)
            ? tenant.ToTenant()
            : throw new UnfitConfigurationException(
                string.Join(
                    " ",
                    faults.Select(fault => $"{string.Join(", ", fault.MemberNames)}: {fault.ErrorMessage}")
                )
            );
    }

    private static JsonElement Of(Tenant tenant) =>
        ConfigurationContent.Of(
            new Content(
                tenant.Name,
                tenant.Colour,
                tenant.Services,
                tenant.ComposeProjects,
                tenant.LatencyObjectiveMs,
                tenant.AvailabilityObjective
            )
        );
}
