using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Custom roles in the configuration as a file. Who holds them stands with the accounts, and in no file.</summary>
internal sealed class ConfiguredRoles(RoleStore store, RoleDesk desk) : IConfigurationPart
{
    private sealed record Content(string? Name, string? Description = null, IReadOnlyList<string>? Permissions = null);

    public string Name => "roles";

    public bool IsAccess => true;

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await store.ListAsync(cancellation)).Select(row => new ConfigurationItem(
                row.Id,
                Of(new RoleChange(row.Name, row.Description, row.Held.Permissions))
            )),
        ];

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        try
        {
            var role = Read(wanted);
            await desk.CheckAsync(caller, key, role, cancellation);
            return Of(role);
        }
        catch (Exception exception) when (exception is AccountException or TextTooLongException or ForbiddenException)
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
        try
        {
            if (wanted is not { } content)
            {
                await desk.RemoveAsync(caller, key, cancellation);
                return new ConfigurationDone($"Removed the role {key}.");
            }
            var role = Read(content);
            if (await store.FindAsync(key, cancellation) is null)
            {
                await desk.CreateAsync(caller, key, role, null, cancellation, isProved: true);
                return new ConfigurationDone($"Made the role {key}.");
            }
            await desk.ChangeAsync(caller, key, role, null, cancellation, isProved: true);
            return new ConfigurationDone($"Changed the role {key} for all who hold it.");
        }
        catch (Exception exception) when (exception is AccountException or TextTooLongException)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static RoleChange Read(JsonElement wanted)
    {
        var content = ConfigurationContent.Read<Content>(wanted);
        return RoleChange.Read(content.Name, content.Description, content.Permissions);
    }

    private static JsonElement Of(RoleChange role) =>
        ConfigurationContent.Of(
            new Content(
                role.Name,
                role.Description.Length > 0 ? role.Description : null,
                [.. NamedPermission.NamesOf(role.Permissions)]
            )
        );
}
