using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>What a sentence says.</summary>
/// <param name="Wish">As far as it was understood; never null.</param>
/// <param name="Unread">Words that were not understood, as they were written.</param>
/// <param name="Missing">What it does not say and must: <c>tenant</c>, <c>action</c>, <c>trigger</c>.</param>
/// <param name="Notes">How something was read that could be read otherwise.</param>
internal sealed record SentenceReading(
    PolicyWish Wish,
    IReadOnlyList<string> Unread,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Notes
);

/// <summary>
/// Reads common forms of policies without a model, English and some Dutch: what is done to whom, when, for how long, how often at
/// most, and when never. Each phrase that is understood is taken out of the sentence; what is left is told.
/// </summary>
internal sealed class SentenceReader(IMetrics metrics, MetricNames names, IPrometheusFacts facts, ITenantScopes scopes)
{
    public const int LongestText = 1000;

    private static readonly HashSet<string> ordinary = new(
        (
            "a an the it its it's their them they this that these those and or but then also so please let us we i want to would like "
            + "of for in on at by with from as is are be been has have had do does if when whenever once while because "
            + "service services container containers automatically always immediately each every any all only one ones up down "
            + "de het een hij hem en of maar dan ook zo graag ik wil van voor in op bij met als wanneer zodra indien is zijn wordt worden heeft hebben "
            + "dienst container automatisch altijd direct meteen elke ieder the's its policy there after before again"
        ).Split(' '),
        StringComparer.Ordinal
    );

    private static readonly (Regex Shape, string Kind)[] actions =
    [
        (Verb("restart|restarts|reboot|bounce|herstart|herstarten|opnieuw starten"), "container.restart"),
        (
            Verb(
                "roll back|roll it back|rollback|rolls back|take back|take it back|revert|undo the last deploy of|undo the deploy of|zet terug|draai terug|neem terug|terugzetten|terugdraaien"
            ),
            "service.rollback"
        ),
        // The Dutch order leaves the second half of the verb at the end of the clause.
        (Parted("zet|draai|neem|rol", "terug"), "service.rollback"),
        (Parted("roll|take", "back"), "service.rollback"),
        (Verb("prune|clean up|remove|delete|ruim op|opruimen|verwijder|verwijderen"), "image.prune"),
        (Parted("ruim", "op"), "image.prune"),
        (Verb("scale|scales|schaal|opschalen|schalen"), "service.scale"),
        (Verb("stop|stops|halt|shut down"), "container.stop"),
        (Verb("start|starts"), "container.start"),
    ];

    private static readonly Regex replicas = new(
        $@"\b(?:up |down |out |op )?(?:to|naar)\s+{SentenceWords.Count("n")}(?:\s+(?:replicas?|instances?|containers?|copies|stuks))?",
        RegexOptions.CultureInvariant
    );

    /// <summary>What must hold besides, as the sentence of a policy says it too.</summary>
    private static readonly Regex condition = new(
        @"\b(?:(?:but|and|maar|en)\s+)?(?:only\s+(?:while|if|when)|provided(?:\s+that)?|as long as|alleen\s+(?:als|zolang|wanneer)|mits|zolang)\s+`(?<query>[^`]+)`(?:\s+(?:holds|geldt))?",
        RegexOptions.CultureInvariant
    );

    private static readonly Regex parted = new(@"\b(?:terug|back)\b", RegexOptions.CultureInvariant);

    /// <summary>What may follow a host that is not named: the sentence goes on.</summary>
    private const string NoName =
        "is|are|goes|gets|gaat|ligt|staat|raakt|when|whenever|if|as|once|while|that|which|where|with|at|to|before|after|for|"
        + "and|or|but|only|als|wanneer|zodra|zolang|die|dat|waar|met|naar|voor|na|en|of|maar|alleen|op|terug";

    /// <summary>Where it is done, of what is done on a host.</summary>
    private static readonly Regex place = new(
        @"\b(?:on|op|of|van)\s+(?:(?:the|de)\s+)?(?:host|machine|server)\s+"
            + $@"(?!(?:{NoName})(?![\p{{L}}\p{{N}}_-]))(?<host>[\p{{L}}\p{{N}}][\p{{L}}\p{{N}}._-]*)",
        RegexOptions.CultureInvariant
    );

    private static readonly Regex images = new(
        @"\b(?:(?:all|the|old|unused|dangling|oude|ongebruikte)\s+)*(?:images?|docker images?)\b",
        RegexOptions.CultureInvariant
    );

    private static readonly Regex whole = new(@"[\p{L}\p{N}][\p{L}\p{N}_-]*", RegexOptions.CultureInvariant);

    /// <param name="tenants">That the asker may see.</param>
    /// <param name="tenant">Where it was chosen besides the sentence.</param>
    public async Task<SentenceReading> ReadAsync(
        string text,
        IReadOnlyList<Tenant> tenants,
        string? tenant,
        CancellationToken cancellation
    )
    {
        var notes = new List<string>();
        var rest = new SentenceRest(text);
        var (budget, windows, cooldown) = (
            BoundPhrases.Budget(rest),
            BoundPhrases.Windows(rest, notes),
            BoundPhrases.Cooldown(rest)
        );
        var conditions = new List<ConditionWish>();
        while (rest.Take(condition) is { } besides)
        {
            conditions.Add(new ConditionWish(rest.Written(besides.Groups["query"])));
        }
        var action = Action(rest);
        var (whose, service) = Target(rest, tenants, tenant);
        // Looked at without being taken: it is part of some triggers, and said before others.
        var lasting = BoundPhrases.For(new SentenceRest(rest.Text));
        var trigger = TriggerPhrases.Take(
            rest,
            new TriggerSurroundings(
                metrics,
                names,
                whose is not null
                && rest.Text.Contains("queue", StringComparison.Ordinal)
                    | rest.Text.Contains("wachtrij", StringComparison.Ordinal)
                    ? await QueuesAsync(whose, service, cancellation)
                    : [],
                service,
                lasting,
                notes
            )
        );
        if (trigger is null && conditions is [var only])
        {
            // "Only if `…`", and nothing else that is looked at.
            trigger = new TriggerWish(TriggerKind.Metric, Query: only.Query);
            conditions.Clear();
        }
        var holds = BoundPhrases.For(rest);
        if (budget is null)
        {
            notes.Add("How often at most was not said: once an hour and twice a day.");
            budget = new BudgetWish(1, 2);
        }
        var missing = new List<string>();
        if (whose is null)
        {
            missing.Add("tenant");
        }
        if (action is null)
        {
            missing.Add("action");
        }
        if (trigger is null)
        {
            missing.Add("trigger");
        }
        return new SentenceReading(
            new PolicyWish(
                whose,
                NameOf(text),
                service is null ? [] : [service],
                trigger,
                conditions.Count == 0 ? null : conditions,
                action,
                holds is { } span ? PolicyDuration.Short(span) : null,
                cooldown is { } apart ? PolicyDuration.Short(apart) : null,
                budget,
                windows,
                Text: text
            ),
            rest.Left(ordinary),
            missing,
            notes
        );
    }

    private static ActionWish? Action(SentenceRest rest)
    {
        // What is done is said before what it is done for: "start it when it stops running" stops nothing.
        var said = actions
            .Where(one => one.Kind != "image.prune" || images.IsMatch(rest.Text))
            .Select(one => (one.Kind, Match: one.Shape.Match(rest.Text)))
            .Where(one => one.Match.Success)
            .OrderBy(one => one.Match.Index)
            .ToList();
        if (said is not [var (kind, match), ..])
        {
            return null;
        }
        rest.Remove(match);
        switch (kind)
        {
            case "service.rollback":
                rest.Take(parted);
                return new ActionWish(kind);
            case "image.prune":
                rest.Take(images);
                return new ActionWish(kind, PolicyReading.AllUnused, ParametersOf(rest, null));
            case "service.scale":
                return new ActionWish(
                    kind,
                    Parameters: ParametersOf(
                        rest,
                        !TriggerPhrases.IsPeak(rest.Text) && rest.Take(replicas) is { } count
                            ? (int)SentenceWords.NumberOf(count.Groups["n"].Value)
                            : null
                    )
                );
            default:
                return new ActionWish(kind);
        }
    }

    /// <summary>What is said of the action besides: how many, and on which host.</summary>
    private static JsonElement? ParametersOf(SentenceRest rest, int? number)
    {
        var said = new JsonObject();
        if (number is { } count)
        {
            said["replicas"] = count;
        }
        if (rest.Take(place) is { } where)
        {
            said["host"] = rest.Written(where.Groups["host"]);
        }
        return said.Count == 0 ? null : JsonSerializer.SerializeToElement(said);
    }

    /// <summary>Whose and which service: by the names that the registry has.</summary>
    private static (string? Tenant, string? Service) Target(
        SentenceRest rest,
        IReadOnlyList<Tenant> tenants,
        string? chosen
    )
    {
        var words = whole.Matches(rest.Text).ToList();
        Tenant? tenant = tenants.FirstOrDefault(one => one.Id == chosen);
        foreach (var word in words)
        {
            var named = tenants.FirstOrDefault(one =>
                one.Id == word.Value || Bare(one.Name) == word.Value || Bare(one.Name) == Bare(word.Value)
            );
            if (named is not null && (chosen is null || named.Id == chosen))
            {
                tenant = named;
                rest.Remove(word);
                break;
            }
        }
        foreach (var word in whole.Matches(rest.Text).ToList())
        {
            var (of, service) = (tenant, (string?)null);
            var said = word.Value;
            if (of is null)
            {
                // A service that only one tenant has, or one with its tenant before it: rentguy-worker.
                of =
                    tenants.FirstOrDefault(one =>
                        said.StartsWith(one.Id + "-", StringComparison.Ordinal)
                        && ServiceOf(one, said[(one.Id.Length + 1)..]) is not null
                    ) ?? (tenants.Where(one => ServiceOf(one, said) is not null).ToList() is [var only] ? only : null);
            }
            if (of is not null)
            {
                service =
                    ServiceOf(of, said)
                    ?? (
                        said.StartsWith(of.Id + "-", StringComparison.Ordinal)
                            ? ServiceOf(of, said[(of.Id.Length + 1)..])
                            : null
                    );
            }
            if (service is not null)
            {
                rest.Remove(word);
                return (of!.Id, service);
            }
        }
        return (tenant?.Id, null);
    }

    private static string? ServiceOf(Tenant tenant, string said) =>
        tenant.Services.FirstOrDefault(service => service == said)
        ?? (
            tenant.Services.Where(service => service.EndsWith($"-{said}", StringComparison.Ordinal)).ToList()
                is [var one]
                ? one
                : null
        );

    /// <summary>Metrics of the tenant that say how much waits in a queue; of the service, when it has some.</summary>
    private async Task<IReadOnlyList<string>> QueuesAsync(
        string tenant,
        string? service,
        CancellationToken cancellation
    )
    {
        try
        {
            var scope = scopes.ForSystem(tenant);
            foreach (var selector in new[] { service is null ? null : $"{{service=\"{service}\"}}", null }.Distinct())
            {
                var found = (await facts.LabelValuesAsync(scope, "__name__", selector, cancellation))
                    .Where(name =>
                        Regex.IsMatch(
                            name,
                            "queue.*(length|size|depth|waiting|pending|messages|jobs)$",
                            RegexOptions.CultureInvariant
                        )
                    )
                    .ToList();
                if (found.Count > 0)
                {
                    return found;
                }
                if (service is not null)
                {
                    // Another service's queue is not this one's.
                    return [];
                }
            }
            return [];
        }
        catch (UpstreamException)
        {
            return [];
        }
    }

    private const int LongestName = 80;

    private static string NameOf(string text)
    {
        var plain = Regex.Replace(text.Trim(), @"\s+", " ").TrimEnd('.', ' ');
        var end =
            plain.Length <= LongestName ? plain.Length
            // What is done and when stands before the first limits of it.
            : plain.LastIndexOf(',', LongestName - 1) is > 20 and var comma ? comma
            : plain.LastIndexOf(' ', LongestName - 1) is > 0 and var space ? space
            : LongestName;
        var name = StoreText.Cut(plain, end).TrimEnd(',', ' ');
        return name.Length == 0 ? "Policy" : char.ToUpper(name[0], CultureInfo.InvariantCulture) + name[1..];
    }

    private static string Bare(string text) => string.Concat(text.ToLowerInvariant().Where(char.IsLetterOrDigit));

    private static Regex Parted(string verbs, string end) =>
        new($@"\b(?:{verbs})\b(?=[^,;.¦]*\s{end}\b)", RegexOptions.CultureInvariant);

    private static Regex Verb(string verbs) => new($@"\b(?:{verbs})\b", RegexOptions.CultureInvariant);
}
