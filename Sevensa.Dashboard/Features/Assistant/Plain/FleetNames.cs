using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Finds tenants and services in what people write: by id, name or part of one, with blanks or hyphens, with a typing
/// mistake in a longer word. Only what the asker may see is known.
/// </summary>
internal sealed class FleetNames
{
    /// <summary>Shorter words are too easily mistaken for one another.</summary>
    private const int ForgivenFrom = 5;

    private static readonly (string Word, string Service)[] Synonyms =
    [
        ("website", "web"),
        ("site", "web"),
        ("frontend", "web"),
        ("database", "db"),
        ("databank", "db"),
        ("backend", "api"),
        ("certificate", "certificate-worker"),
        ("certificates", "certificate-worker"),
        ("certificaten", "certificate-worker"),
        ("proxy", "traefik"),
    ];

    private readonly IReadOnlyList<Tenant> tenants;
    private readonly HashSet<string> ordinary;

    /// <param name="tenants">What the asker may see.</param>
    /// <param name="ordinary">Words that are no misspelt name.</param>
    public FleetNames(IReadOnlyList<Tenant> tenants, HashSet<string> ordinary) =>
        (this.tenants, this.ordinary) = (tenants, ordinary);

    public IReadOnlyList<Tenant> Tenants => tenants;

    /// <summary>Names as they may follow a command: tenants, and their services with the tenant before them.</summary>
    public static IReadOnlyList<string> Targets(IReadOnlyList<Tenant> tenants) =>
        [
            .. tenants.SelectMany(tenant =>
                tenant
                    .Services.Select(service =>
                        service.StartsWith(tenant.Id + "-", StringComparison.Ordinal)
                            ? service
                            : $"{tenant.Id}-{service}"
                    )
                    .Prepend(tenant.Id)
            ),
        ];

    /// <summary>Words of the text that name something of the fleet, and what they name.</summary>
    public (string? Tenant, string? Service, HashSet<string> Used) Find(string text)
    {
        var words = Words(text);
        var used = new HashSet<string>();
        var tenant = TenantIn(words, used);
        var service = ServiceIn(words, tenant, used);
        if (tenant is null && service is { } only)
        {
            var owners = tenants.Where(one => Has(one, only)).ToList();
            tenant = owners.Count == 1 ? owners[0].Id : null;
        }
        return (tenant, service, used);
    }

    /// <summary>All that the text names where it names several tenants, or several services of one: it is not clear which is meant.</summary>
    public IReadOnlyList<string> Rivals(string text)
    {
        var words = Words(text);
        var used = new HashSet<string>();
        var tenant = TenantIn(words, used);
        var service = ServiceIn(words, tenant, used);
        var left = words.Where(word => !used.Contains(word)).ToList();
        if (tenant is not null && TenantIn(left, []) is { } other && other != tenant)
        {
            return [tenant, other];
        }
        return service is not null && ServiceIn(left, tenant, []) is { } second && !Same(second, service, tenant ?? "")
            ? [service, second]
            : [];
    }

    /// <summary>The service as the registry of this tenant has it: "api" of Witcom is its psra-api.</summary>
    public string? ServiceOf(string tenant, string service)
    {
        var own = tenants.FirstOrDefault(one => one.Id == tenant)?.Services ?? [];
        return own.FirstOrDefault(name => Same(name, service, tenant))
            ?? (
                own.Where(name => name.EndsWith($"-{service}", StringComparison.Ordinal)).ToList() is [var one]
                    ? one
                    : null
            );
    }

    private string? TenantIn(List<string> words, HashSet<string> used)
    {
        foreach (var forgive in (bool[])[false, true])
        {
            for (var at = 0; at < words.Count; at++)
            {
                // The longest first: "psra ltsd" is more than "psra".
                foreach (var length in (int[])[3, 2, 1])
                {
                    if (at + length > words.Count)
                    {
                        continue;
                    }
                    var said = words.GetRange(at, length);
                    var joined = string.Concat(said.Select(Bare));
                    var found = tenants.FirstOrDefault(one =>
                        Keys(one).Any(key => key == joined || (forgive && IsLike(joined, key, said)))
                    );
                    if (found is not null)
                    {
                        used.UnionWith(said);
                        return found.Id;
                    }
                }
                if (forgive)
                {
                    continue;
                }
                // A container's name begins with its tenant's: rentguy-api-1.
                var word = words[at];
                if (
                    tenants
                        .Where(one => word.StartsWith(one.Id + "-", StringComparison.Ordinal))
                        .MaxBy(one => one.Id.Length) is
                    { } owner
                )
                {
                    used.Add(word);
                    return owner.Id;
                }
            }
        }
        // "psra" alone, or "ltsd", where one tenant alone is called so.
        foreach (var word in words.Where(word => word.Length >= 4))
        {
            if (tenants.Where(one => one.Id.Split('-').Contains(word)).ToList() is [var one])
            {
                used.Add(word);
                return one.Id;
            }
        }
        return null;
    }

    private string? ServiceIn(List<string> words, string? tenant, HashSet<string> used)
    {
        var of = tenant is null ? tenants : tenants.Where(one => one.Id == tenant).ToList();
        var names = of.SelectMany(one => one.Services.Select(name => (Owner: one.Id, Name: name)))
            .OrderByDescending(one => one.Name.Length)
            .ToList();
        foreach (var forgive in (bool[])[false, true])
        {
            foreach (var (owner, name) in names)
            {
                var key = Bare(name);
                for (var length = 3; length >= 1; length--)
                {
                    for (var at = 0; at + length <= words.Count; at++)
                    {
                        var said = words.GetRange(at, length);
                        var joined = string.Concat(said.Select(word => Bare(Short(word, owner))));
                        if (joined == key || (forgive && length == 1 && IsLike(joined, key, said)))
                        {
                            used.UnionWith(said);
                            return name;
                        }
                    }
                }
            }
        }
        foreach (var (word, service) in Synonyms)
        {
            var known = names.Where(one =>
                one.Name == service || one.Name.EndsWith("-" + service, StringComparison.Ordinal)
            );
            if (words.Exists(said => said == word) && known.FirstOrDefault().Name is { } name)
            {
                used.Add(word);
                return name;
            }
        }
        // "the api" of a tenant whose only one is called psra-api.
        foreach (var word in words.Where(word => word.Length >= 2 && !ordinary.Contains(word)))
        {
            var ends = names
                .Where(one => one.Name.EndsWith("-" + Short(word, one.Owner), StringComparison.Ordinal))
                .Select(one => one.Name)
                .Distinct()
                .ToList();
            if (ends is [var one])
            {
                used.Add(word);
                return one;
            }
        }
        return null;
    }

    private static bool Has(Tenant tenant, string service) =>
        tenant.Services.Any(name => Same(name, service, tenant.Id));

    private static bool Same(string known, string said, string tenant) =>
        string.Equals(Short(known, tenant), Short(said, tenant), StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Keys(Tenant tenant) =>
        ((string[])[Bare(tenant.Id), Bare(tenant.Name.ToLowerInvariant())]).Distinct();

    /// <summary>Without the tenant before it and the number behind it.</summary>
    private static string Short(string word, string tenant)
    {
        var bare = word.StartsWith(tenant + "-", StringComparison.Ordinal) ? word[(tenant.Length + 1)..] : word;
        var end = bare.LastIndexOf('-');
        return end > 0 && bare[(end + 1)..].All(char.IsAsciiDigit) && end + 1 < bare.Length ? bare[..end] : bare;
    }

    private static string Bare(string word) => word.Replace("-", "", StringComparison.Ordinal);

    private bool IsLike(string said, string key, List<string> words) =>
        key.Length >= ForgivenFrom
        && Math.Abs(said.Length - key.Length) <= 1
        && !words.Exists(ordinary.Contains)
        && Typing.Distance(said, key) <= (key.Length >= 9 ? 2 : 1);

    internal static List<string> Words(string text) =>
        [
            .. text.Split(
                    [' ', ',', ';', ':', '?', '!', '"', '\'', '`', '(', ')', '’', '“', '”', '[', ']'],
                    StringSplitOptions.RemoveEmptyEntries
                )
                .Select(word => word.EndsWith("'s", StringComparison.Ordinal) ? word[..^2] : word)
                .Select(word => word.Trim('.', '-'))
                .Where(word => word.Length > 0),
        ];
}
