using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Reachability.Declared;

/// <summary>The flows that tenants declare, in the configuration as a file.</summary>
internal sealed class ConfiguredFlows(FlowPolicyStore store, FlowPolicies policies, ITenantNames tenants)
    : IConfigurationPart
{
    private sealed record Content(string? Text);

    public string Name => "flows";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await store.AllAsync(cancellation))
                .Where(row => row.Text.Length > 0)
                .Select(row => new ConfigurationItem(row.Tenant, ConfigurationContent.Of(new Content(row.Text)))),
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
        var text = Text(wanted);
        try
        {
            _ = FlowPolicy.ReadFor(key, text);
        }
        catch (UnreadablePolicyException exception)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
        return ConfigurationContent.Of(new Content(text));
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        try
        {
            var saved = await policies.SaveAsync(caller, key, wanted is { } text ? Text(text) : "", cancellation);
            return new ConfigurationDone($"{saved.Flows} flow{(saved.Flows == 1 ? " is" : "s are")} declared.");
        }
        catch (Exception exception) when (exception is UnreadablePolicyException or UnknownTenantException)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static string Text(JsonElement wanted) =>
        (ConfigurationContent.Read<Content>(wanted).Text ?? "").ReplaceLineEndings("\n");
}
