using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>What a wish is about: tenant, service, secret, figure, what log lines are to contain; and what it names that is nothing of this fleet.</summary>
internal sealed partial class WishSubject(FleetNames names)
{
    /// <param name="text">Of the wish, without times.</param>
    /// <param name="named">The part of the text that names: without the verb, which some service may be called like.</param>
    public Wish Of(Wish wish, string text, string named)
    {
        var (tenant, service, used) = names.Find(named);
        if (service is null && wish.Kind is WishKind.Restart or WishKind.Stop or WishKind.Start)
        {
            // "The workers" are the containers of the worker.
            (tenant, service, used) = names.Find(Plural().Replace(named, "$1"));
        }
        var path = SecretPath().Match(text) is { Success: true } found ? found.Value : null;
        if (
            path is not null
            && tenant is null
            && names.Tenants.FirstOrDefault(one => path.StartsWith(one.Id + "/", StringComparison.Ordinal)) is { } owner
        )
        {
            tenant = owner.Id;
        }
        var stranger = Stranger(text, used) ?? (tenant is null && service is null ? Elsewhere(text, used) : null);
        var sought = TextOf(wish.Kind, text);
        return wish with
        {
            Tenant = tenant,
            Service = service,
            Metric = wish.Kind is WishKind.Figure or WishKind.Compare or WishKind.Unknown
                ? WishWords.MetricOf(text)
                : null,
            Count = SaidCount.In(text),
            Text =
                wish.Kind == WishKind.Undo ? WishWords.UndoneOf(text)
                : wish.Kind == WishKind.Rollback
                    ? wish.When is null ? SaidTarget.In(text, used)
                        : null
                : sought == stranger ? null
                : sought,
            Path = wish.Kind is WishKind.Rotate or WishKind.Secrets or WishKind.Unknown ? path : null,
            Stranger = stranger,
            Unclear =
                wish.Changes && wish.Kind is not WishKind.Rotate ? WhyUnclear(named, tenant, service, wish) : null,
        };
    }

    private string? WhyUnclear(string named, string? tenant, string? service, Wish wish) =>
        Among(names.Rivals(named))
        ?? (
            (wish.NeedsService && service is null && All().IsMatch(named))
            || (tenant is null && AllTenants().IsMatch(named))
                ? "an action is for one service of one tenant. Say each by itself."
                : null
        );

    private static string? Among(IReadOnlyList<string> rivals) =>
        rivals is [var one, var other]
            ? $"it names {one} and {other}, and which of them is meant is not clear. Say for each what is to be done, one by one."
            : null;

    private static string? TextOf(WishKind kind, string text) =>
        kind switch
        {
            WishKind.Logs => Quoted().Match(text) is { Success: true } quoted ? quoted.Groups[1].Value
            : StatusCode().Match(text) is { Success: true } code ? code.Value
            : Errors().IsMatch(text) ? "error"
            : Warnings().IsMatch(text) ? "warn"
            : Holding().Match(text) is { Success: true } held && !WishWords.Small.Contains(held.Groups[1].Value)
                ? held.Groups[1].Value
            : null,
            WishKind.Findings or WishKind.Alerts => Severity().Match(text) is { Success: true } severity
                ? SeverityOf(severity.Value)
                : null,
            WishKind.Secrets => Overdue().IsMatch(text) ? "overdue" : null,
            _ => null,
        };

    private static string SeverityOf(string said) =>
        said[0] switch
        {
            'c' or 'k' => "critical",
            'h' => "high",
            'm' or 'g' => "medium",
            _ => "low",
        };

    private string? Stranger(string text, HashSet<string> used)
    {
        foreach (var pattern in (Regex[])[Things(), Address()])
        {
            foreach (Match match in pattern.Matches(text))
            {
                var named = match.Groups.Cast<Group>().Skip(1).First(group => group.Success).Value.Trim('.');
                if (
                    !used.Any(word =>
                        word.Contains(named, StringComparison.Ordinal) || named.Contains(word, StringComparison.Ordinal)
                    )
                    && !WishWords.Ordinary.Contains(named)
                    && !NoNames().IsMatch(named)
                )
                {
                    return named;
                }
            }
        }
        return null;
    }

    /// <summary>Whoever is said to be the owner at the end of a question, and is nobody here: "what runs at acme".</summary>
    private static string? Elsewhere(string text, HashSet<string> used) =>
        Owner().Match(text) is { Success: true } found
        && found.Groups[1].Value is var named
        && !used.Contains(named)
        && !WishWords.Small.Contains(named)
        && !WishWords.Ordinary.Contains(named)
            ? named
            : null;

    [GeneratedRegex(
        @"\b(?:at|bij) (?!(?:night|noon|midnight|home|work|once|least|most|last|present|moment|peak|start|risk|all|fault|hand|stake|nacht|elkaar)\b)([a-z][\w-]{3,})\W*$"
    )]
    private static partial Regex Owner();

    /// <summary>A word that lines are to hold, at the end of the question.</summary>
    [GeneratedRegex(@"\b(?:with|met|containing|mentioning) ([\w.-]{3,40})\W*$")]
    private static partial Regex Holding();

    [GeneratedRegex(@"(?<![\w/.-])[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9._-]*)+")]
    private static partial Regex SecretPath();

    [GeneratedRegex(@"\b(\w{2,})s\b")]
    private static partial Regex Plural();

    [GeneratedRegex(
        @"(?<!\b(?:at|after|above) )\b(?:all|every(?:thing)?|each|both|alles|alle|iedere|elke|beide)\b(?! (?:right|the time|day|night)\b)"
    )]
    private static partial Regex All();

    [GeneratedRegex(
        @"\b(?:all|every|each|both|alle|iedere|elke|beide) (?:the |de )?(?:tenants?|clients?|customers?|klant(?:en)?)\b"
    )]
    private static partial Regex AllTenants();

    [GeneratedRegex("[\"“`]([^\"”`]{1,60})[\"”`]")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<!\w)[45]\d\d(?= (?:errors?|status|responses?|fout))")]
    private static partial Regex StatusCode();

    [GeneratedRegex(@"\berrors?\b|\bfout|\bexception|\bfail(?:s|ing|ures?)\b|\bstack ?trace")]
    private static partial Regex Errors();

    [GeneratedRegex(@"\bwarn(?:ings?)?\b|\bwaarschuwing")]
    private static partial Regex Warnings();

    [GeneratedRegex(@"\b(?:critical|high|medium|low|kritieke?|hoge|gemiddelde|lage)\b")]
    private static partial Regex Severity();

    [GeneratedRegex(@"\boverdue\b|\bte laat\b|\bverlopen\b|\bdue\b|\bachterstallig")]
    private static partial Regex Overdue();

    [GeneratedRegex(
        @"(?:namespace|pod|deployment|cluster|container)\s+[`""']?([a-z0-9]+[-.][a-z0-9.-]+)|[`""']?([a-z0-9]+-[a-z0-9-]+)[`""']?\s+(?:namespace|deployment|pod|container|service)|\b(?:in|from|with|of|for|van|bij|is|service)\s+[`""']?([a-z]+-[a-z0-9-]+|[a-z0-9-]+-\d+)|\b(?:re-?start|stop|start|scale|herstart|rotate)\s+(?:the |de |het )?([a-z0-9]+-[a-z0-9-]+)",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Things();

    [GeneratedRegex(@"\b((?:[a-z0-9-]+\.)+(?:com|net|org|nl|io))\b", RegexOptions.None, 10_000)]
    private static partial Regex Address();

    [GeneratedRegex(
        @"^(?:re-?start\w*|roll-?back|up-to-date|cpu-intensive|read-only|real-time|port-forward\w*|e-mail|\d+(?:-\d+)*)$"
    )]
    private static partial Regex NoNames();
}
