using System.Text.Json;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>What a receiver is to be.</summary>
/// <param name="Name">Who is told.</param>
/// <param name="Url">
/// An https address. See <c>Receivers:AllowedNetworks</c> for others. Of a Matrix receiver the homeserver's; of a mail receiver
/// addresses, with or without <c>mailto:</c>.
/// </param>
/// <param name="Kinds">Such as <c>proposal.*</c> or <c>alert.firing</c>; everything when left out.</param>
/// <param name="Tenants">Only these tenants' events; all when left out.</param>
/// <param name="Kind"><c>webhook</c> (when left out), <c>slack</c>, <c>teams</c>, <c>matrix</c> or <c>email</c>; it stays what it was.</param>
/// <param name="Room">The id of a Matrix room, where the address does not name it.</param>
/// <param name="Token">The access token of a Matrix account; it is not shown again.</param>
public sealed record ReceiverWish(
    string? Name,
    string? Url,
    IReadOnlyList<string>? Kinds = null,
    IReadOnlyList<string>? Tenants = null,
    string? Kind = null,
    string? Room = null,
    string? Token = null
);

/// <summary>What a wish is kept as.</summary>
/// <param name="Secret">What is sealed; null where it stays what it was, or where there is none.</param>
internal sealed record CheckedWish(
    ReceiverKind Kind,
    string Name,
    string Url,
    string? Secret,
    List<string> Kinds,
    List<string> Tenants
);

/// <summary>What can be a receiver.</summary>
internal sealed class ReceiverWishes(ReceiverAddresses addresses, ITenants tenants)
{
    private const int MostKinds = 50;

    /// <summary>A kind as it is written.</summary>
    public static string Word(ReceiverKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <param name="before">What it is now, which stays where nothing else is wished; null for a new one.</param>
    /// <exception cref="UnfitReceiverException"/>
    public async Task<CheckedWish> CheckAsync(ReceiverWish wish, ReceiverRow? before, CancellationToken cancellation)
    {
        var name = TextLimits.Check((wish.Name ?? before?.Name)?.Trim(), "The name", ReceiverDesk.LongestName);
        if (string.IsNullOrEmpty(name))
        {
            throw new UnfitReceiverException("Name who is told.");
        }
        var form = Kind(wish.Kind, before);
        var address = addresses.Check(form, wish, before);
        var kinds = (wish.Kinds ?? before?.Kinds ?? []).Select(kind => kind?.Trim() ?? "").Distinct().ToList();
        if (kinds.FirstOrDefault(kind => !EventKinds.IsKind(kind)) is { } odd)
        {
            throw new UnfitReceiverException(
                $"\"{TextLimits.Check(odd, "A kind", 100)}\" is no kind of event. There are "
                    + $"{string.Join(", ", EventKinds.Subjects.Select(subject => subject.Name + ".*"))} and * for everything."
            );
        }
        if (kinds.Count > MostKinds)
        {
            throw new UnfitReceiverException($"At most {MostKinds} kinds can be named; leave them out for everything.");
        }
        var all = await tenants.AllAsync(cancellation);
        var whose = (wish.Tenants ?? before?.Tenants ?? []).Select(tenant => tenant ?? "").Distinct().ToList();
        if (whose.FirstOrDefault(tenant => all.All(known => known.Id != tenant)) is { } stranger)
        {
            throw new UnfitReceiverException(
                $"There is no tenant \"{TextLimits.Check(stranger, "A tenant", 100)}\". There are "
                    + $"{string.Join(", ", all.Select(tenant => tenant.Id))}."
            );
        }
        return new CheckedWish(form, name, address.Url, address.Secret, kinds, whose);
    }

    private static ReceiverKind Kind(string? word, ReceiverRow? before)
    {
        if (string.IsNullOrWhiteSpace(word))
        {
            return before?.Kind ?? ReceiverKind.Webhook;
        }
        var all = Enum.GetValues<ReceiverKind>();
        var found = all.Where(kind => Word(kind) == word).ToList();
        if (found.Count == 0)
        {
            throw new UnfitReceiverException(
                $"\"{TextLimits.Check(word, "The kind", 100)}\" is no kind of receiver. There are {string.Join(", ", all.Select(Word))}."
            );
        }
        return before is null || before.Kind == found[0]
            ? found[0]
            : throw new UnfitReceiverException(
                $"It is told as {Word(before.Kind)}, and that stays. Remove it and add another."
            );
    }
}
