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
        bool IsPublic = false,
        IReadOnlyList<string>? PostLogoutRedirectUris = null,
        bool? Disabled = null,
        bool? IsForDevices = null,
        string? BackchannelLogoutUri = null,
        bool? IsResourceServer = null
    );

    public string Name => "clients";

    public bool IsAccess => true;

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
        if (
            current is { } now
            && !JsonElement.DeepEquals(now, content)
            && !JsonElement.DeepEquals(now, Of(client with { Disabled = !client.Disabled }))
        )
        {
            throw new UnfitConfigurationException(
                "A client can't be changed, since whoever has its secret would have other powers than it was given for. Remove it and add it under another id."
            );
        }
        if (current is null)
        {
            RefuseWhatIsNotGiven(caller, client);
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
            if (await clients.NowAsync(key, cancellation) is { } now)
            {
                if (!JsonElement.DeepEquals(Of(now with { Disabled = client.Disabled }), Of(client)))
                {
                    throw new UnfitConfigurationException(
                        "The client was changed a moment ago. Nothing was done with it; compare the file again."
                    );
                }
                await desk.SetProvedClientDisabledAsync(caller, key, client.Disabled, cancellation);
                return new ConfigurationDone($"{(client.Disabled ? "Disabled" : "Enabled")} the API client {key}.");
            }
            RefuseWhatIsNotGiven(caller, client);
            var secret = await desk.AddProvedClientAsync(caller, client, cancellation);
            return new ConfigurationDone($"Added the API client {key}.", client.IsPublic ? null : secret);
        }
        catch (AccountException exception)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    /// <summary>What would be made would have less than the file says, or not be made at all: the file would differ from it for good.</summary>
    private static void RefuseWhatIsNotGiven(Caller caller, ApiClient client)
    {
        if (client.PersonId is null)
        {
            return;
        }
        if (client.PersonId != caller.Subject)
        {
            if (client.Scopes.HasFlag(ApiScopes.Approve))
            {
                throw new UnfitConfigurationException(
                    "A program that somebody else is to be represented by can't have the scope approve: nobody approves as somebody else. They make a personal token, or let a program with a redirect address act for them."
                );
            }
        }
        else if ((client.Scopes & ~caller.Scopes) is not ApiScopes.None and var beyond)
        {
            throw new UnfitConfigurationException(
                $"It would act for you with {string.Join(" and ", beyond.Words())}, which you do not have yourself as you are signed in here. Leave that out, or apply the file with what has it."
            );
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
                ScopeWords.Parse(content.Scopes),
                content.Disabled == true
            )
            {
                RedirectUris = content.RedirectUris ?? [],
                IsPublic = content.IsPublic,
                PostLogoutRedirectUris = content.PostLogoutRedirectUris ?? [],
                IsForDevices = content.IsForDevices == true,
                BackchannelLogoutUri = content.BackchannelLogoutUri,
                IsResourceServer = content.IsResourceServer == true,
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
                client.IsPublic,
                client.PostLogoutRedirectUris,
                client.Disabled ? true : null,
                client.IsForDevices ? true : null,
                client.BackchannelLogoutUri,
                client.IsResourceServer ? true : null
            )
        );
}
