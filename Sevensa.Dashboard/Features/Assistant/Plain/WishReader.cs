using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>
/// Reads commands (<c>/restart rentguy-api</c>) and the common sentences of operators, in English and Dutch, without a
/// model: what is wanted, of whom, of when. Several wishes in one sentence are several.
/// </summary>
internal sealed partial class WishReader(FleetNames names, DateTimeOffset now, TimeZoneInfo zone)
{
    /// <summary>More at once is no sentence.</summary>
    private const int MostWishes = 12;

    /// <param name="question">As the person wrote it.</param>
    /// <param name="earlier">Their questions before, the newest last: "and the worker?" goes on from one.</param>
    /// <returns>One wish at least; of kind <see cref="WishKind.Unknown"/> when nothing is understood.</returns>
    public IReadOnlyList<Wish> Read(string question, IReadOnlyList<string>? earlier = null)
    {
        var read = ReadAlone(question);
        for (var at = (earlier?.Count ?? 0) - 1; at >= 0 && IsOpen(read); at--)
        {
            var before = ReadAlone(earlier![at]);
            var last = before.FindLast(one => one.Kind != WishKind.Unknown) ?? before[^1];
            if (
                read is [{ Kind: WishKind.Unknown } answer]
                && !WishDenials.Denies(answer.Said)
                && (answer.Tenant ?? answer.Service ?? answer.Path) is not null
            )
            {
                // An answer to a question back: "RentGuy", "the worker".
                read = [.. before.Where(one => one.Kind != WishKind.Unknown).Select(one => Answered(one, answer))];
                read = read.Count == 0 ? [answer] : read;
            }
            else
            {
                read = [.. read.Select(one => Completed(one, last))];
            }
        }
        return read;
    }

    private static bool IsOpen(IReadOnlyList<Wish> wishes) =>
        wishes.Any(one =>
            one.Stranger is null
            && (
                (one.Kind == WishKind.Unknown && (one.Tenant ?? one.Service ?? one.Path) is not null)
                || (one is { NeedsTenant: true, Tenant: null })
                || (one is { NeedsService: true, Service: null })
            )
        );

    /// <summary>With what was named later in place of what it named itself.</summary>
    private Wish Answered(Wish wish, Wish answer) =>
        Completed(
            answer with
            {
                Kind = wish.Kind,
                Said = wish.Said,
                Metric = wish.Metric,
                Text = wish.Text,
                Count = answer.Count ?? wish.Count,
            },
            wish
        );

    /// <summary>With what another says of tenant and service where it says nothing itself.</summary>
    private Wish Completed(Wish wish, Wish other)
    {
        if (
            wish.Kind is WishKind.Unknown or WishKind.Beyond or WishKind.Help or WishKind.Undo
            || wish.Stranger is not null
        )
        {
            return wish;
        }
        var tenant = wish.Tenant ?? other.Tenant;
        var service = wish.Service ?? (other.Tenant is null || tenant == other.Tenant ? other.Service : null);
        if (tenant is not null && service is not null)
        {
            service = names.ServiceOf(tenant, service) ?? (wish.Service is null ? null : service);
        }
        return wish with
        {
            Tenant = tenant,
            Service = service,
            Path = wish.Path ?? other.Path,
            When = wish.When ?? other.When,
        };
    }

    private List<Wish> ReadAlone(string question)
    {
        var said = Spaces().Replace(Pasted().Replace(question, " ").ToLowerInvariant().Replace('’', '\''), " ").Trim();
        if (said.StartsWith('/'))
        {
            return [Command(said)];
        }
        var (text, times) = TimeWords.Take(Behind().Replace(said, "$1 "), now, zone);
        var read = new List<Wish>();
        var unread = new List<string>();
        foreach (var (part, held, isHolding, isBehind) in WishParts.Of(text).Take(MostWishes * 2))
        {
            if (isBehind && read is [.., { Changes: true } before])
            {
                // "Restart the api, unless somebody uses it."
                read[^1] = before with
                {
                    Condition = held,
                };
                continue;
            }
            var clause = Turned(Clause(part, times), read);
            if (isHolding && !clause.Changes)
            {
                // Whose it is about is said here, and nothing is asked.
                Add(read, clause with { Kind = WishKind.Unknown, Metric = null, Text = null });
                continue;
            }
            if (clause.Changes && (held ?? WishConditions.Of(WishParts.Bare(part))) is { } condition)
            {
                clause = clause with { Condition = condition };
            }
            if (clause.Changes && clause.Kind != WishKind.Undo && WishTales.Weighs(text))
            {
                clause = clause with { Kind = WishKind.Why };
            }
            if (clause.Kind == WishKind.Unknown && read.Count > 0 && WishTales.Weighs(part))
            {
                continue;
            }
            if (!IsUnread(clause))
            {
                Add(read, clause);
                continue;
            }
            unread.Add(clause.Said);
            if (read is [.., { Kind: not WishKind.Unknown } last])
            {
                // "But leave the worker alone" names what is not meant.
                read[^1] = last with
                {
                    Stranger = last.Stranger ?? clause.Stranger,
                };
            }
            else
            {
                Add(read, clause);
            }
        }
        if (read.Count == 0)
        {
            return [new Wish(WishKind.Unknown, said)];
        }
        // "Restart the api and the worker of RentGuy": whose the first is, is said with the second.
        var wishes = read;
        for (var at = wishes.Count - 2; at >= 0; at--)
        {
            if (wishes[at].Tenant is null && wishes[at].Stranger is null && wishes[at + 1].Tenant is not null)
            {
                wishes[at] = Completed(wishes[at], wishes[at + 1] with { Service = null, Path = null, When = null });
            }
        }
        for (var at = 1; at < wishes.Count; at++)
        {
            if (
                wishes[at] is { Tenant: null, Stranger: null }
                && wishes[at - 1] is { Tenant: null, Stranger: { } strange }
            )
            {
                wishes[at] = wishes[at] with { Stranger = strange };
            }
            if (wishes[at].Tenant is null && wishes[at].Stranger is null)
            {
                wishes[at] = Completed(wishes[at], wishes[at - 1] with { Path = null, When = null });
            }
        }
        if (times.Count == 1 && wishes.Count > 1)
        {
            wishes = [.. wishes.Select(one => one.Changes ? one : one with { When = one.When ?? times[0] })];
        }
        wishes = [.. wishes.DistinctBy(one => one with { Said = "" }).Take(MostWishes)];
        if (unread.Count > 0 && wishes.Exists(one => one.Kind != WishKind.Unknown))
        {
            wishes.Add(new Wish(WishKind.Unknown, string.Join("; ", unread)));
        }
        return wishes;
    }

    private Wish Turned(Wish clause, List<Wish> read) =>
        clause.Kind == WishKind.Unknown
        && (clause.Service ?? clause.Tenant) is not null
        && read is [.., var last]
        && SecondHalves.Of(last.Kind, clause.Said) is var (kind, rest)
        && !IsUnread(clause with { Said = rest })
            ? clause with
            {
                Kind = kind,
            }
            : clause;

    /// <summary>It says more than names, times and small words, and what that is, is not known.</summary>
    private bool IsUnread(Wish clause)
    {
        if (clause.Kind != WishKind.Unknown)
        {
            return false;
        }
        var (_, _, used) = names.Find(clause.Said);
        return FleetNames
            .Words(clause.Said)
            .Exists(word =>
                !used.Contains(word)
                && !WishWords.Small.Contains(word)
                && !WishWords.Ordinary.Contains(word)
                && word != clause.Path
                && !word.All(char.IsAsciiDigit)
            );
    }

    /// <summary>A clause without a verb of its own goes on with the one before, or is part of it.</summary>
    private void Add(List<Wish> read, Wish clause)
    {
        if (clause.Kind != WishKind.Unknown || read.Count == 0)
        {
            if (read is [{ Kind: WishKind.Unknown } lone])
            {
                // "For rentguy, restart the api."
                read[0] = Completed(clause, lone) with
                {
                    Said = $"{lone.Said} {clause.Said}",
                    Stranger = clause.Stranger ?? lone.Stranger,
                };
                return;
            }
            read.Add(clause);
            return;
        }
        var last = read[^1];
        var goesOn = last.Kind is not (WishKind.Unknown or WishKind.Beyond);
        var isOfAnother = clause.Tenant is not null && last.Tenant is not null && clause.Tenant != last.Tenant;
        if (goesOn && ((clause.Service is not null && last.Service is not null) || isOfAnother))
        {
            read.Add(
                clause with
                {
                    Kind = last.Kind,
                    Metric = last.Metric,
                    Text = last.Text,
                    Count = clause.Count ?? last.Count,
                    Service = clause.Service ?? Counterpart(clause.Tenant, last.Service),
                }
            );
        }
        else if (clause.Metric is not null && last.Kind == WishKind.Figure)
        {
            read.Add(clause with { Kind = last.Kind });
        }
        else
        {
            var merged = last.Kind == WishKind.Unknown ? clause : Completed(last, clause);
            read[^1] = merged with
            {
                Said = $"{last.Said} {clause.Said}",
                Count = last.Count ?? clause.Count,
                Stranger = last.Stranger ?? clause.Stranger,
            };
        }
    }

    /// <summary>"The api of RentGuy and of Witcom": what the other tenant has of that name.</summary>
    private string? Counterpart(string? tenant, string? service) =>
        tenant is not null && service is not null ? names.ServiceOf(tenant, service) ?? service : service;

    private Wish Clause(string clause, IReadOnlyList<SaidTime> times)
    {
        var when = Placeholder().Match(clause) is { Success: true } place
            ? times[int.Parse(place.Groups[1].Value, CultureInfo.InvariantCulture)]
            : null;
        var text = WishParts.Bare(clause);
        var kind = WishWords.KindOf(text);
        if (
            kind == WishKind.Unknown
            && when is { From: null, IsFuture: false }
            && text.Length > 0
            && IsImperative().IsMatch(text)
        )
        {
            kind = WishKind.Rollback;
        }
        if (kind == WishKind.Undo)
        {
            kind = UndoneOr(text, when);
        }
        else if (
            kind is WishKind.Restart or WishKind.Stop or WishKind.Start or WishKind.Rotate
            && WishDenials.Other(text) is { } other
            && !names.Find(text).Used.Contains(other)
        )
        {
            // The alerts of a service are not the service.
            kind = WishKind.Unknown;
        }
        when = WishConditions.Later(when, kind, clause);
        return Named(new Wish(kind, text, When: when), text);
    }

    /// <summary>"Revert it to yesterday's version" goes back to a time; which of the past actions "undo yesterday's restart" means is not known.</summary>
    private static WishKind UndoneOr(string text, SaidTime? when) =>
        WishWords.UndoneOf(text) is not null
            ? when is null
                ? WishKind.Undo
                : WishKind.Unknown
            : when is not null || GoesBack().IsMatch(text)
                ? WishKind.Rollback
                : WishKind.Undo;

    private Wish Named(Wish wish, string text)
    {
        var (tenant, service, used) = names.Find(text);
        var path = SecretPath().Match(text) is { Success: true } found ? found.Value : null;
        if (
            path is not null
            && tenant is null
            && names.Tenants.FirstOrDefault(one => path.StartsWith(one.Id + "/", StringComparison.Ordinal)) is { } owner
        )
        {
            tenant = owner.Id;
        }
        var stranger = Stranger(text, used);
        var sought = TextOf(wish.Kind, text);
        return wish with
        {
            Tenant = tenant,
            Service = service,
            Metric = wish.Kind is WishKind.Figure or WishKind.Unknown ? WishWords.MetricOf(text) : null,
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
        };
    }

    private static string? TextOf(WishKind kind, string text) =>
        kind switch
        {
            WishKind.Logs => Quoted().Match(text) is { Success: true } quoted ? quoted.Groups[1].Value
            : StatusCode().Match(text) is { Success: true } code ? code.Value
            : Errors().IsMatch(text) ? "error"
            : Warnings().IsMatch(text) ? "warn"
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

    private Wish Command(string said)
    {
        var name = new string([.. said.Skip(1).TakeWhile(char.IsLetter)]);
        var rest = said[(1 + name.Length)..].Trim();
        if (SlashCommand.Find(name) is not { } command)
        {
            return new Wish(WishKind.Help, said, Text: name);
        }
        var (text, times) = TimeWords.Take(rest, now, zone);
        var bare = Spaces().Replace(Placeholder().Replace(text, " "), " ").Trim();
        var wish = Named(new Wish(command.Kind, said, When: times.Count > 0 ? times[0] : null), bare);
        if (command.Kind == WishKind.Logs)
        {
            var (_, _, used) = names.Find(bare);
            var words = bare.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => !used.Contains(word));
            wish = wish with { Text = string.Join(' ', words) is { Length: > 0 } left ? left.Trim('"') : null };
        }
        if (command.Kind == WishKind.Rollback && times.Count == 0)
        {
            wish = wish with { Text = SaidTarget.Left(bare, names.Find(bare).Used) };
        }
        // What was named and is not here is said; it is never passed over.
        var unknown =
            wish.Tenant is null
            && wish.Path is null
            && bare.Length > 0
            && command.Kind is not (WishKind.Help or WishKind.Logs);
        return wish with
        {
            Stranger =
                unknown && wish.Service is null ? bare
                : wish.Tenant is null ? wish.Stranger
                : null,
        };
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"⟨(\d+)⟩")]
    private static partial Regex Placeholder();

    /// <summary>In Dutch "then" stands behind the verb: no wish ends there.</summary>
    [GeneratedRegex(
        @"(?<=^|[,;.] ?|\ben )(laat|toon|geef|kijk|start|stop|herstart|zet|schakel|schaal|rol|draai|roteer) (?:daarna|vervolgens|dan|ook) "
    )]
    private static partial Regex Behind();

    [GeneratedRegex(@"^(?:please |can you |could you |graag |kun je )?(?:put|set|bring|take|go|zet|breng|ga)\b")]
    private static partial Regex IsImperative();

    [GeneratedRegex(@"(?<![\w/.-])[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9._-]*)+")]
    private static partial Regex SecretPath();

    [GeneratedRegex(
        @"(?<!\b(?:did|done|made|happened|changes?|changed) )\b(?:to|naar) (?:the |de |het )?(?!me\b|us\b|mij\b|ons\b)[\w'-]|\b(?:release|version|versie|deploy\w*|uitrol|rollout|state|toestand)\b"
    )]
    private static partial Regex GoesBack();

    /// <summary>Long quotations and fenced text are what somebody pasted: shown, not asked.</summary>
    [GeneratedRegex("```.*?(```|$)|\"[^\"]{25,}\"|“[^”]{25,}”|(?m:^\\s*>.*$)", RegexOptions.Singleline, 10_000)]
    private static partial Regex Pasted();

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
