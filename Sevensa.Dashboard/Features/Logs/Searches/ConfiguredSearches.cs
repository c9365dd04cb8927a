using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Searches;

/// <summary>Saved searches, which a tenant's people share, in the configuration as a file: <c>tenant/name</c>.</summary>
internal sealed class ConfiguredSearches(SavedSearches searches, ITenantNames tenants) : IConfigurationPart
{
    private sealed record Content(string? Query);

    public string Name => "searches";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        var all = new List<ConfigurationItem>();
        foreach (var tenant in await tenants.NamesAsync(cancellation))
        {
            all.AddRange(
                (await searches.ListAsync(caller, tenant.Id, cancellation)).Select(search => new ConfigurationItem(
                    $"{tenant.Id}/{search.Name}",
                    ConfigurationContent.Of(new Content(search.Query))
                ))
            );
        }
        return all;
    }

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var (tenant, name) = Parted(key);
        if ((await tenants.NamesAsync(cancellation)).All(one => one.Id != tenant))
        {
            throw new UnfitConfigurationException("There is no tenant of that id.");
        }
        try
        {
            var (_, query) = SavedSearches.Check(name, ConfigurationContent.Read<Content>(wanted).Query);
            return ConfigurationContent.Of(new Content(query));
        }
        catch (Exception exception) when (exception is SearchRefusedException or QueryRefusedException)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        var (tenant, name) = Parted(key);
        try
        {
            if (wanted is { } content)
            {
                var query = ConfigurationContent.Read<Content>(content).Query;
                await searches.SaveAsync(caller, tenant, name, query, cancellation);
                return new ConfigurationDone($"Saved the search {name} of {tenant}.");
            }
            if (
                (await searches.ListAsync(caller, tenant, cancellation)).FirstOrDefault(one => one.Name == name) is
                { } search
            )
            {
                await searches.RemoveAsync(caller, tenant, search.Id, cancellation);
            }
            return new ConfigurationDone($"Removed the search {name} of {tenant}.");
        }
        catch (Exception exception)
            when (exception
                    is SearchRefusedException
                        or QueryRefusedException
                        or UnknownSearchException
                        or UnknownTenantException
            )
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static (string Tenant, string Name) Parted(string key) =>
        key.IndexOf('/', StringComparison.Ordinal) is var at and > 0
            ? (key[..at], key[(at + 1)..])
            : throw new UnfitConfigurationException("Its key is the tenant's id, a slash and the search's name.");
}
