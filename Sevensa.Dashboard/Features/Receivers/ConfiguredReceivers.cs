using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Receivers of events in the configuration as a file, by name and without their secrets.</summary>
internal sealed class ConfiguredReceivers(ReceiverStore store, IServiceScopeFactory services) : IConfigurationPart
{
    private sealed record Content(
        string? Url,
        IReadOnlyList<string>? Kinds = null,
        IReadOnlyList<string>? Tenants = null,
        bool? Paused = null,
        string? Kind = null
    );

    private const string Usual = "webhook";

    private const string HasSecret =
        "Its address or its token is a secret, which no file holds. Give it under Receivers; the file can say the rest of it.";

    public string Name => "receivers";

    public async Task<IReadOnlyList<ConfigurationItem>> ReadAsync(Caller caller, CancellationToken cancellation) =>
        [
            .. (await KeyedAsync(cancellation)).Select(one => new ConfigurationItem(
                one.Key,
                Of(one.Row.Kind, one.Row.Url, one.Row.Kinds, one.Row.Tenants, one.Row.IsPausedByWill)
            )),
        ];

    /// <summary>Each by its name; those that share one by name and id.</summary>
    private async Task<IReadOnlyList<(string Key, ReceiverRow Row)>> KeyedAsync(CancellationToken cancellation) =>
        [
            .. (await store.AllAsync(cancellation))
                .GroupBy(row => row.Name, StringComparer.Ordinal)
                .SelectMany(named =>
                    named.Count() == 1 ? [(named.Key, named.Single())] : named.Select(row => (WithId(row), row))
                ),
        ];

    private static string WithId(ReceiverRow row) => $"{row.Name} #{row.Id}";

    public async Task<JsonElement> CheckAsync(
        Caller caller,
        string key,
        JsonElement wanted,
        JsonElement? current,
        CancellationToken cancellation
    )
    {
        var content = ConfigurationContent.Read<Content>(wanted);
        var paused = content.Paused == true;
        if (current is { } now && JsonElement.DeepEquals(now, ConfigurationContent.Of(Plain(content))))
        {
            return now;
        }
        var keyed = await KeyedAsync(cancellation);
        var row = keyed.FirstOrDefault(one => one.Key == key).Row;
        var alike = row is null ? keyed.Where(one => one.Row.Name == key).Select(one => one.Key).ToList() : [];
        if (alike.Count > 0)
        {
            throw new UnfitConfigurationException(
                $"There are {alike.Count} receivers of that name. Name the one that is meant: {string.Join(", ", alike)}."
            );
        }
        return await DeskAsync(async desk =>
        {
            if (row is null && content.Kind is "slack" or "teams" or "matrix")
            {
                throw new UnfitConfigurationException(HasSecret);
            }
            var made = await desk.CheckAsync(Wish(row?.Name ?? key, content), row, cancellation);
            return made.Secret is null
                ? Of(made.Kind, made.Url, made.Kinds, made.Tenants, paused)
                : throw new UnfitConfigurationException(HasSecret);
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
        var keyed = await KeyedAsync(cancellation);
        // Of two that shared a name the last is alone with it once the other was taken away.
        var row =
            keyed.FirstOrDefault(one => one.Key == key).Row ?? keyed.FirstOrDefault(one => WithId(one.Row) == key).Row;
        return await DeskAsync(async desk =>
        {
            if (wanted is null)
            {
                await desk.RemoveAsync(caller, row?.Id ?? "", cancellation);
                return new ConfigurationDone($"Removed the receiver {key}.");
            }
            var content = ConfigurationContent.Read<Content>(wanted.Value);
            var (wish, pause) = (Wish(key, content), content.Paused == true);
            if (row is null)
            {
                var added = await desk.AddAsync(caller, wish, cancellation);
                if (pause)
                {
                    await desk.PauseAsync(caller, added.Id, cancellation);
                }
                return new ConfigurationDone($"Added the receiver {key}{(pause ? ", paused" : "")}.", added.Secret);
            }
            var isPaused = row.IsPausedByWill;
            if (pause && !isPaused)
            {
                await desk.PauseAsync(caller, row.Id, cancellation);
            }
            if (!JsonElement.DeepEquals(Of(row.Kind, row.Url, row.Kinds, row.Tenants, pause), wanted.Value))
            {
                await desk.ChangeAsync(caller, row.Id, wish with { Name = null }, cancellation);
            }
            if (isPaused && !pause)
            {
                await desk.ResumeAsync(caller, row.Id, cancellation);
            }
            return new ConfigurationDone(
                $"Changed the receiver {key}{(pause == isPaused ? "" : pause ? "; it is paused" : "; it is resumed")}."
            );
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
        new(name, content.Url, content.Kinds ?? [], content.Tenants ?? [], content.Kind ?? Usual);

    private static JsonElement Of(
        ReceiverKind kind,
        string? url,
        IReadOnlyList<string>? kinds,
        IReadOnlyList<string>? tenants,
        bool paused
    ) => ConfigurationContent.Of(Plain(new Content(url, kinds, tenants, paused, ReceiverWishes.Word(kind))));

    /// <summary>As it is written down: what goes without saying is left out.</summary>
    private static Content Plain(Content content) =>
        new(
            content.Url,
            content.Kinds ?? [],
            content.Tenants ?? [],
            content.Paused == true ? true : null,
            content.Kind is null or Usual ? null : content.Kind
        );
}
