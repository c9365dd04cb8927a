using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Receivers of events in the configuration as a file, by name and without their secrets.</summary>
internal sealed class ConfiguredReceivers(ReceiverStore store, IServiceScopeFactory services) : IConfigurationPart
{
    private sealed record Content(
        string? Url,
        IReadOnlyList<string>? Kinds = null,
        IReadOnlyList<string>? Tenants = null
    );

    public string Name => "receivers";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await store.AllAsync(cancellation))
                .GroupBy(row => row.Name, StringComparer.Ordinal)
                .SelectMany(named =>
                    named.Count() == 1
                        ? [(named.Key, Row: named.Single())]
                        : named.Select(row => ($"{row.Name} #{row.Id}", Row: row))
                )
                .Select(one => new ConfigurationItem(one.Item1, Of(one.Row.Url, one.Row.Kinds, one.Row.Tenants))),
        ];

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var content = ConfigurationContent.Read<Content>(wanted);
        if (current is { } now && JsonElement.DeepEquals(now, Of(content.Url, content.Kinds, content.Tenants)))
        {
            return now;
        }
        return await DeskAsync(async desk =>
        {
            var (_, url, kinds, tenants) = await desk.CheckAsync(Wish(key, content), cancellation);
            return Of(url, kinds, tenants);
        });
    }

    public string? WhyKept(string key) => null;

    public async Task<ConfigurationDone> ApplyAsync(
        Caller caller,
        string key,
        JsonElement? wanted,
        CancellationToken cancellation
    )
    {
        var id = (await store.AllAsync(cancellation))
            .FirstOrDefault(row => key == row.Name || key == $"{row.Name} #{row.Id}")
            ?.Id;
        return await DeskAsync(async desk =>
        {
            if (wanted is null)
            {
                await desk.RemoveAsync(caller, id ?? "", cancellation);
                return new ConfigurationDone($"Removed the receiver {key}.");
            }
            var wish = Wish(key, ConfigurationContent.Read<Content>(wanted.Value));
            if (id is null)
            {
                return new ConfigurationDone(
                    $"Added the receiver {key}.",
                    (await desk.AddAsync(caller, wish, cancellation)).Secret
                );
            }
            await desk.ChangeAsync(caller, id, wish with { Name = null }, cancellation);
            return new ConfigurationDone($"Changed the receiver {key}.");
        });
    }

    private async Task<T> DeskAsync<T>(Func<ReceiverDesk, Task<T>> work)
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await work(scope.ServiceProvider.GetRequiredService<ReceiverDesk>());
        }
        catch (Exception exception) when (exception is UnfitReceiverException or UnknownReceiverException)
        {
            throw new UnfitConfigurationException(exception.Message);
        }
    }

    private static ReceiverWish Wish(string name, Content content) =>
        new(name, content.Url, content.Kinds ?? [], content.Tenants ?? []);

    private static JsonElement Of(string? url, IReadOnlyList<string>? kinds, IReadOnlyList<string>? tenants) =>
        ConfigurationContent.Of(new Content(url, kinds ?? [], tenants ?? []));
}
