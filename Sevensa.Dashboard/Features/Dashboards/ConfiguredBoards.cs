using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>Dashboards in the configuration as a file; the key is <c>tenant/id</c>.</summary>
internal sealed class ConfiguredBoards(BoardStore store, BoardDesk desk, ITenants tenants) : IConfigurationPart
{
    private const int LongestId = 64;

    public string Name => "dashboards";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        var items = new List<ConfigurationItem>();
        foreach (var tenant in await tenants.AllAsync(cancellation))
        {
            foreach (var listed in await store.ListAsync(tenant.Id, cancellation))
            {
                if ((await store.FindAsync(tenant.Id, listed.Id, cancellation))?.Board is { } board)
                {
                    items.Add(new ConfigurationItem($"{tenant.Id}/{listed.Id}", BoardFile.Element(board)));
                }
            }
        }
        return items;
    }

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var (tenant, _) = Place(key);
        return (await tenants.AllAsync(cancellation)).Any(one => one.Id == tenant)
            ? BoardFile.Element(Read(wanted))
            : throw new UnfitConfigurationException($"There is no tenant \"{tenant}\".");
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        var (tenant, id) = Place(key);
        try
        {
            if (wanted is null)
            {
                await desk.DeleteAsync(caller, tenant, id, cancellation);
                return new ConfigurationDone("Deleted the dashboard; the record keeps what was in it.");
            }
            var version = (await store.FindAsync(tenant, id, cancellation))?.Version;
            var kept = await desk.SaveAsync(caller, tenant, id, version, Read(wanted.Value), cancellation);
            return new ConfigurationDone($"Saved \"{kept.Title}\" as version {kept.Version}.");
        }
        catch (Exception exception)
            when (exception
                    is BoardRefusedException
                        or BoardConflictException
                        or UnknownBoardException
                        or UnknownTenantException
            )
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static Board Read(JsonElement wanted)
    {
        try
        {
            return BoardFile.Check(BoardFile.Read(Encoding.UTF8.GetBytes(wanted.GetRawText())).Board);
        }
        catch (BoardRefusedException exception)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static (string Tenant, string Id) Place(string key) =>
        key.Split('/') is [{ Length: > 0 } tenant, { Length: > 0 and <= LongestId } id]
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? (tenant, id)
            : throw new UnfitConfigurationException("The key of a dashboard is tenant/id.");
}
