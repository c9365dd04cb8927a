using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans.Gating;

/// <summary>Tenants' own gate policies in the configuration as a file. Changing one stays an action: it becomes a proposal.</summary>
internal sealed class ConfiguredGatePolicies(GatePolicyStore store, ITenantNames tenants, IServiceScopeFactory services)
    : IConfigurationPart
{
    public string Name => "gatePolicies";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await store.AllAsync(cancellation))
                .Values.Select(row => (row.Tenant, Rules: row.Read()))
                .Where(row => row.Rules is not null)
                .Select(row => new ConfigurationItem(row.Tenant, ConfigurationContent.Of(row.Rules!))),
        ];

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        if ((await tenants.NamesAsync(cancellation)).All(tenant => tenant.Id != key))
        {
            throw new UnfitConfigurationException("There is no tenant of that id.");
        }
        return ConfigurationContent.Of(Read(wanted));
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            var proposal = await scope
                .ServiceProvider.GetRequiredService<GatePolicyDesk>()
                .ProposeAsync(
                    caller,
                    key,
                    wanted is { } rules ? Read(rules) : null,
                    "From the configuration file",
                    "api",
                    cancellation
                );
            return new ConfigurationDone(
                proposal.AskedBefore ? "It waits for approval already." : "It waits for approval.",
                Proposal: proposal.Id
            );
        }
        catch (Exception exception)
            when (exception is CannotPlanException or UnknownTenantException or NotKnownYetException)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static GateRules Read(JsonElement wanted)
    {
        try
        {
            return ConfigurationContent.Read<GateRules>(wanted).Checked();
        }
        catch (UnfitGatePolicyException exception)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }
}
