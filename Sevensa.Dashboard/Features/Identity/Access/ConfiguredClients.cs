using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>API clients in the configuration as a file, without their secrets: one is made and told once when a client is new.</summary>
internal sealed class ConfiguredClients(ApiClients clients, AccessDesk desk) : IConfigurationPart
{
    private sealed record Content(
        string? Name,
        string? PersonId = null,
        Role? Role = null,
        IReadOnlyList<string>? Tenants = null,
        IReadOnlyList<string>? Scopes = null,
        IReadOnlyList<string>? RedirectUris = null,
        bool IsPublic = false
    );

    public string Name => "clients";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await clients.ListAsync(cancellation))
                .Where(client => !client.IsOfSandbox)
                .Select(client => new ConfigurationItem(client.Id, Of(client))),
        ];

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var client = Read(key, wanted);
        var content = Of(client);
        if (current is { } now && !JsonElement.DeepEquals(now, content))
        {
            throw new UnfitConfigurationException(
                "A client can't be changed, since whoever has its secret would have other powers than it was given for. Remove it and add it under another id."
            );
        }
        if (current is null)
        {
            try
            {
                await desk.CheckAsync(client, cancellation);
            }
            catch (AccountException exception)
            {
                throw new UnfitConfigurationException(exception.Message);
            }
        }
        return content;
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
            if (wanted is null)
            {
                await desk.RemoveClientAsync(caller, key, cancellation);
                return new ConfigurationDone($"Removed the API client {key}; its tokens have ended.");
            }
            var client = Read(key, wanted.Value);
            var secret = await desk.AddClientAsync(caller, client, cancellation);
            return new ConfigurationDone($"Added the API client {key}.", client.IsPublic ? null : secret);
        }
        catch (AccountException exception)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static ApiClient Read(string id, JsonElement wanted)
    {
        var content = ConfigurationContent.Read<Content>(wanted);
        var odd = (content.Scopes ?? []).FirstOrDefault(word => ScopeWords.Parse([word]) == ApiScopes.None);
        return odd is not null
            ? throw new UnfitConfigurationException(
                $"\"{odd}\" is no scope. There are {string.Join(", ", ScopeWords.All.Select(known => known.Word))}."
            )
            : new ApiClient(
                id,
                content.Name ?? id,
                content.PersonId,
                content.Role ?? Role.Client,
                [.. (content.Tenants ?? []).Order(StringComparer.Ordinal)],
                ScopeWords.Parse(content.Scopes)
            )
            {
                RedirectUris = content.RedirectUris ?? [],
                IsPublic = content.IsPublic,
            };
    }

    private static JsonElement Of(ApiClient client) =>
        ConfigurationContent.Of(
            new Content(
                client.Name,
                client.PersonId,
                client.Role,
                [.. client.Tenants.Order(StringComparer.Ordinal)],
                client.Scopes.Words(),
                client.RedirectUris,
                client.IsPublic
            )
        );
}
