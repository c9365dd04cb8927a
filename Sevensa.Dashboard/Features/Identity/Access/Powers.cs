using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Features.Identity.Access;

/// <summary>Something that can be done, as the policies and services decide it from a <see cref="Caller"/>.</summary>
/// <param name="Words">As in "may …".</param>
internal sealed record Power(string Name, string Words, Func<Caller, bool> Has)
{
    public static IReadOnlyList<Power> All { get; } =
    [.. NamedPermission.All.Select(one => new Power(one.Name, one.Words, caller => caller.May(one.Is)))];
}

/// <summary>Somebody, or something in somebody's name, that may do it.</summary>
/// <param name="Kind"><c>person</c>, <c>token</c>, <c>program</c> (by itself) or <c>programForPeople</c> (that they let act for them).</param>
/// <param name="PersonId">In whose name; null for a program of its own.</param>
/// <param name="Why">By which role and what else.</param>
/// <param name="CustomRole">Which, where it is one.</param>
internal sealed record PowerHolder(
    string Kind,
    string Id,
    string Name,
    string? PersonId,
    Role Role,
    string Why,
    string? CustomRole,
    [property: JsonIgnore] string RoleName
);

/// <param name="Tenants">Ids, or <c>*</c> for all.</param>
internal sealed record PersonPower(string Power, string Words, IReadOnlyList<string> Tenants);

/// <summary>Who can do this, and what can this person do: read from the same rules that let them.</summary>
internal sealed class PowersToday(
    PersonStore people,
    PersonalTokenStore tokens,
    ApiClients clients,
    TokenCallers callers,
    TokenFamilyStore families,
    TimeProvider time
)
{
    /// <summary>Everybody and everything that may do it in a tenant now.</summary>
    public async Task<IReadOnlyList<PowerHolder>> WhoAsync(Power power, string tenant, CancellationToken cancellation)
    {
        var found = new List<PowerHolder>();
        foreach (var (holder, caller) in await AllAsync(null, cancellation))
        {
            if (caller.MaySee(tenant) && power.Has(caller))
            {
                found.Add(holder);
            }
        }
        return found;
    }

    /// <summary>What a person may do themselves.</summary>
    public static IReadOnlyList<PersonPower> Of(Person person)
    {
        if (person.Disabled)
        {
            return [];
        }
        var caller = person.ToCaller();
        IReadOnlyList<string> tenants = caller.Tenants.IsAll
            ? ["*"]
            : [.. caller.Tenants.Ids.Order(StringComparer.Ordinal)];
        return
        [
            .. Power
                .All.Where(power => power.Has(caller))
                .Select(power => new PersonPower(power.Name, power.Words, tenants)),
        ];
    }

    /// <summary>What acts in a person's name.</summary>
    public async Task<IReadOnlyList<PowerHolder>> InNameOfAsync(string personId, CancellationToken cancellation) =>
        [
            .. (await AllAsync(personId, cancellation))
                .Select(one => one.Holder)
                .Where(holder => holder.Kind != "person"),
        ];

    private async Task<List<(PowerHolder Holder, Caller Caller)>> AllAsync(
        string? personId,
        CancellationToken cancellation
    )
    {
        var all = new List<(PowerHolder, Caller)>();
        var active = (await people.ListAsync(cancellation))
            .Where(person => !person.Disabled && (personId is null || person.Id == personId))
            .ToDictionary(person => person.Id);
        foreach (var person in active.Values)
        {
            var role = person.Custom is { } custom ? $"their role {custom.Name}" : "their role";
            all.Add(Of("person", person.Id, person.UserName, person.Id, person.ToCaller(), role));
        }
        var made = await tokens.ListAsync(personId, cancellation);
        var live = await tokens.CallersTodayAsync([.. made.Select(row => row.Id)], cancellation);
        foreach (var row in made.Where(row => row.ExpiresAt > time.GetUtcNow() && live.ContainsKey(row.Id)))
        {
            if (active.TryGetValue(row.PersonId, out var owner))
            {
                var caller = owner.ToCaller(row.Scopes);
                all.Add(
                    Of(
                        "token",
                        row.Id,
                        row.Name,
                        owner.Id,
                        caller,
                        $"a personal token of {owner.UserName}, {Words(caller)}"
                    )
                );
            }
        }
        var programs = (await clients.ListAsync(cancellation))
            .Where(client => !client.Disabled)
            .ToDictionary(client => client.Id);
        foreach (var client in programs.Values.Where(client => client.HasOwnPower))
        {
            if (
                (personId is null || client.PersonId == personId)
                && await callers.FindClientAsync(client.Id, cancellation) is not null
                && await callers.OfClientAsync(client, cancellation) is { } caller
            )
            {
                var why =
                    client.PersonId is { } id && active.TryGetValue(id, out var owner)
                        ? $"acts for {owner.UserName}, {Words(caller)}"
                        : $"a program of its own, {Words(caller)}";
                all.Add(Of("program", client.Id, client.Name, client.PersonId, caller, why));
            }
        }
        foreach (var person in active.Values)
        {
            foreach (var id in await families.ProgramsAsync(person.Id, cancellation))
            {
                if (programs.TryGetValue(id, out var client))
                {
                    var caller = person.ToCaller(client.Scopes, id);
                    var why = $"{person.UserName} let it act for them, {Words(caller)} at most";
                    all.Add(Of("programForPeople", id, client.Name, person.Id, caller, why));
                }
            }
        }
        return all;
    }

    private static (PowerHolder, Caller) Of(
        string kind,
        string id,
        string name,
        string? personId,
        Caller caller,
        string why
    ) => (new PowerHolder(kind, id, name, personId, caller.Role, why, caller.Custom?.Id, caller.RoleName), caller);

    private static string Words(Caller caller) => string.Join(' ', caller.Scopes.Words());
}
