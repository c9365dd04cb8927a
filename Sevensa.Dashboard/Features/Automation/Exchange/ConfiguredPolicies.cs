using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>
/// Policies in the configuration as a file, by tenant and name. What they say is in it, and not how far they came: a new one is a draft, and
/// one that was enforced and is changed goes back to shadow.
/// </summary>
internal sealed class ConfiguredPolicies(PolicyStore store, ITenants tenants, IServiceScopeFactory services)
    : IConfigurationPart
{
    public string Name => "policies";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation)
    {
        await using var scope = services.CreateAsyncScope();
        var shown = scope.ServiceProvider.GetRequiredService<PolicyShown>();
        return
        [
            .. (await KeyedAsync(caller, cancellation)).Select(one => new ConfigurationItem(
                one.Key,
                PolicyText.ContentOf(shown.Said(one.Row.Tenant, one.Row.Definition, one.Row.Text, one.Row.Unread))
            )),
        ];
    }

    public Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    ) =>
        // What stands there already is what it is, even where it could not be written anew.
        current is { } now
        && JsonElement.DeepEquals(now, wanted)
            ? Task.FromResult(now)
            : ToldAsync(async provider =>
            {
                var (read, _, row) = await ReadAsync(provider, caller, key, wanted, cancellation);
                return PolicyText.ContentOf(
                    provider
                        .GetRequiredService<PolicyShown>()
                        .Said(read.Tenant, read.Definition, read.Text ?? row?.Text, read.Unread)
                );
            });

    public string? WhyKept(string key) => null;

    public Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    ) =>
        ToldAsync(async provider =>
        {
            var desk = provider.GetRequiredService<PolicyDesk>();
            if (wanted is not { } content)
            {
                var gone = await FindAsync(caller, key, cancellation);
                await desk.RemoveAsync(caller, gone?.Id ?? "", cancellation);
                return new ConfigurationDone($"Removed the policy {key}.");
            }
            PolicyAccess.MustPropose(caller);
            var (read, wish, row) = await ReadAsync(provider, caller, key, content, cancellation);
            if (row is null)
            {
                await desk.KeepAsync(caller, read, cancellation);
                return new ConfigurationDone($"Wrote the policy {key} down, as a draft.");
            }
            var saved = await desk.ChangeAsync(caller, row.Id, wish, cancellation, read.Unread);
            return new ConfigurationDone(
                $"Changed the policy {key}; it is {JsonNamingPolicy.CamelCase.ConvertName(saved.Stage.ToString())}."
            );
        });

    private async Task<(PolicyRead Read, PolicyWish Wish, PolicyRow? Row)> ReadAsync(
        IServiceProvider provider,
        Caller caller,
        string key,
        JsonElement content,
        CancellationToken cancellation
    )
    {
        var row = await FindAsync(caller, key, cancellation);
        var (tenant, name) =
            row is not null ? (row.Tenant, row.Name)
            : key.Split('/', 2) is [{ Length: > 0 } whose, { Length: > 0 } called] ? (whose, called)
            : throw new UnfitConfigurationException("Its key is tenant/name.");
        if (row is null && await store.CalledAsync(tenant, name, cancellation) is { Count: > 0 } alike)
        {
            throw new UnfitConfigurationException(
                $"There are {alike.Count} policies of that name. Name the one that is meant: {string.Join(", ", alike.Select(WithId))}."
            );
        }
        var wish = provider.GetRequiredService<PolicyText>().ReadContent(tenant, name, content);
        var read = await provider.GetRequiredService<PolicyArrivals>().ReadOneAsync(caller, wish, cancellation);
        return (read, wish, row);
    }

    /// <summary>Of several that shared a name the last is alone with it once the others were taken away.</summary>
    private async Task<PolicyRow?> FindAsync(Caller caller, string key, CancellationToken cancellation)
    {
        var keyed = await KeyedAsync(caller, cancellation);
        return keyed.FirstOrDefault(one => one.Key == key).Row
            ?? keyed.FirstOrDefault(one => WithId(one.Row) == key).Row;
    }

    /// <summary>Each by its tenant and name; those that share one by id too.</summary>
    private async Task<IReadOnlyList<(string Key, PolicyRow Row)>> KeyedAsync(
        Caller caller,
        CancellationToken cancellation
    ) =>
        [
            .. (
                await store.AllAsync(
                    [.. (await tenants.VisibleAsync(caller, cancellation)).Select(one => one.Id)],
                    cancellation
                )
            )
                .GroupBy(row => $"{row.Tenant}/{row.Name}", StringComparer.Ordinal)
                .SelectMany(named =>
                    named.Count() == 1 ? [(named.Key, named.Single())] : named.Select(row => (WithId(row), row))
                ),
        ];

    private static string WithId(PolicyRow row) => $"{row.Tenant}/{row.Name} #{row.Id}";

    private async Task<T> ToldAsync<T>(Func<IServiceProvider, Task<T>> work)
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await work(scope.ServiceProvider);
        }
        catch (Exception exception)
            when (exception
                    is UnfitPolicyException
                        or UnknownPolicyException
                        or UnknownTenantException
                        or PolicyConflictException
            )
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }
}
