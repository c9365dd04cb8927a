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

    /// <summary>"Preferably tomorrow", "not before 23:00": a clause of more words tells of something else.</summary>
    private const int MostWordsOfTime = 3;

    internal const string TakenBack =
        "it takes back part of what it says. Say once more, in one sentence, what is to be done.";

    internal const string NoMoment =
        "which moment is meant is not clear. Say the time itself, such as friday 18:00 or 2 hours ago.";

    private readonly WishSubject subject = new(names);
    private readonly Continuation continuation = new(names);

    /// <param name="question">As the person wrote it.</param>
    /// <param name="earlier">Their questions before, the newest last: "and the worker?" goes on from one.</param>
    /// <returns>One wish at least; of kind <see cref="WishKind.Unknown"/> when nothing is understood.</returns>
    public IReadOnlyList<Wish> Read(string question, IReadOnlyList<string>? earlier = null)
    {
        var read = ReadAlone(question);
        for (var at = (earlier?.Count ?? 0) - 1; at >= 0 && Continuation.IsOpen(read); at--)
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
                read =
                [
                    .. before
                        .Where(one => one.Kind != WishKind.Unknown)
                        .Select(one => continuation.Answered(one, answer))
                        .DistinctBy(one => one with { Said = "" }),
                ];
                read = read.Count == 0 ? [answer] : read;
            }
            else
            {
                read = [.. read.Select(one => continuation.GoneOn(one, last))];
            }
        }
        return [.. read.Select(WishDates.Timed)];
    }

    private List<Wish> ReadAlone(string question)
    {
        var (kept, quote) = PastedText.Take(question);
        var said = Spaces().Replace(kept.ToLowerInvariant().Replace('’', '\''), " ").Trim();
        if (said.StartsWith('/'))
        {
            return [Command(said)];
        }
        said = Apostrophe().Replace(said, "'");
        var (text, times) = WishDates.Take(Behind().Replace(Greeted().Replace(said, ""), "$1 "), now, zone);
        var (read, unread, isTakenBack) = Heard(text, times);
        if (read.Count == 0)
        {
            return [new Wish(WishKind.Unknown, said)];
        }
        if (isTakenBack)
        {
            read = [.. read.Select(one => one.Changes ? one with { Unclear = TakenBack } : one)];
        }
        // "Restart the api and the worker of RentGuy": whose the first is, is said with the second.
        var wishes = read;
        for (var at = wishes.Count - 2; at >= 0; at--)
        {
            if (wishes[at].Tenant is null && wishes[at].Stranger is null && wishes[at + 1].Tenant is not null)
            {
                wishes[at] = continuation.Completed(
                    wishes[at],
                    wishes[at + 1] with
                    {
                        Service = null,
                        Path = null,
                        When = null,
                    }
                );
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
                wishes[at] = continuation.Completed(wishes[at], wishes[at - 1] with { Path = null, When = null });
            }
        }
        if (times is [{ IsFuture: false } only] && wishes.Count > 1)
        {
            wishes = [.. wishes.Select(one => one.Changes ? one : one with { When = one.When ?? only })];
        }
        wishes =
        [
            .. wishes
                .Select(one => one is { Kind: WishKind.Logs, Text: null } ? one with { Text = quote } : one)
                .Select(WishDates.Timed)
                .DistinctBy(one => one with { Said = "" })
                .Take(MostWishes),
        ];
        if (unread.Count > 0 && wishes.Exists(one => one.Kind != WishKind.Unknown))
        {
            wishes.Add(new Wish(WishKind.Unknown, string.Join("; ", unread)));
        }
        return wishes;
    }

    /// <summary>Clause by clause: the wishes, what was not understood, and whether part of it is taken back.</summary>
    private (List<Wish> Read, List<string> Unread, bool IsTakenBack) Heard(string text, IReadOnlyList<SaidTime> times)
    {
        var read = new List<Wish>();
        var unread = new List<string>();
        var holds = new WishHolds();
        var asked = new Dictionary<int, WishKind>();
        var isTakenBack = WishDenials.TakesBack(text);
        foreach (var part in WishParts.Of(text).Take(MostWishes * 2))
        {
            var begun = WishConditions.Before(part.Said);
            if (begun is null && WishWords.AsksApart(part.Said))
            {
                holds.Ask(part.Sentence);
            }
            var (clause, condition, later) = Conditioned(part.Said, times, read);
            if (!part.IsLast && WishReasons.Begins(part.Said))
            {
                AddNames(read, clause);
                holds.Place(read, part.Sentence, isOwn: false);
                continue;
            }
            if (begun is not null && !clause.Changes && (!part.IsLast || read.Exists(one => one.Changes)))
            {
                // "If it is full, restart the api." Whose it is about is said here, and nothing is asked.
                holds.Wait(part.Sentence, Words(begun, times));
                AddNames(read, clause);
                holds.Place(read, part.Sentence, isOwn: false);
                continue;
            }
            if (condition is not null)
            {
                holds.Wait(part.Sentence, Words(condition, times));
            }
            if (clause.Changes && WishConditions.Lasting(clause.Kind, WishParts.Bare(part.Said)) is { } lasting)
            {
                clause = clause with { Condition = lasting };
            }
            if (clause is { Changes: false, Kind: not WishKind.Unknown } && WishWords.Inquires(clause.Said))
            {
                asked.TryAdd(part.Sentence, clause.Kind);
            }
            else if (clause.Changes && asked.TryGetValue(part.Sentence, out var kind) && !WishWords.Begs(clause.Said))
            {
                clause = clause with { Kind = kind };
            }
            if (clause.Changes && clause.Kind != WishKind.Undo && WishTales.Weighs(text))
            {
                clause = clause with { Kind = WishKind.Why };
            }
            if (clause.Kind == WishKind.Unknown && read.Count > 0 && WishTales.Weighs(part.Said))
            {
                continue;
            }
            if (clause.Kind == WishKind.Unknown && WishDenials.LeavesOut(part.Said))
            {
                // "Not the api" behind "restart the api" takes it back; of what is not meant nothing goes on.
                isTakenBack |= clause.Service is { } left && read.Exists(one => one.Changes && one.Service == left);
                clause = clause with { Tenant = null, Service = null, Path = null };
            }
            var isUnread = IsUnread(clause);
            if (
                clause.When is { IsFuture: true } date
                && (clause.Changes || !isUnread || FleetNames.Words(clause.Said).Count <= MostWordsOfTime)
            )
            {
                holds.Date(part.Sentence, date);
            }
            if (later is not null && clause.Changes && names.Find(later).Service is not null)
            {
                unread.Add(WishParts.Bare(later));
            }
            if (!isUnread)
            {
                continuation.Add(read, clause);
                holds.Place(read, part.Sentence, clause.Changes);
                continue;
            }
            unread.Add(clause.Said);
            if (read is [.., { Kind: not WishKind.Unknown } last])
            {
                // "But leave the worker alone" names what is not meant.
                read[^1] = last with
                {
                    Stranger = last.Stranger ?? clause.Stranger,
                    Unclear = last.Unclear ?? (last.Kind == WishKind.Rollback ? clause.Unclear : null),
                };
            }
            else
            {
                continuation.Add(read, clause);
            }
            holds.Place(read, part.Sentence, isOwn: false);
        }
        holds.Apply(read);
        return (read, unread, isTakenBack);
    }

    /// <summary>
    /// A clause as it is read without what it waits for or comes before, where it is for a change or goes on with one; whole where it is not.
    /// </summary>
    private (Wish Clause, string? Condition, string? Later) Conditioned(
        string said,
        IReadOnlyList<SaidTime> times,
        List<Wish> read
    )
    {
        var (main, condition) = WishConditions.Split(said);
        var (first, later) = WishConditions.First(main);
        var clause = Turned(Clause(first, times), read);
        if (
            clause.Kind == WishKind.Rollback
            && later is not null
            && SaidTarget.ReachesInto(later, first, IsKnown(clause))
        )
        {
            return (WithNoMoment(clause), condition, null);
        }
        if (clause.Changes)
        {
            return (clause, condition, later);
        }
        if (first == said || (condition is not null && read.Exists(one => one.Changes) && IsMore(clause, said)))
        {
            return (clause, first == said ? null : condition, null);
        }
        clause = Turned(Clause(said, times), read);
        return (clause, clause.Changes ? condition : null, null);
    }

    /// <summary>"And the worker if it is idle", "but only if it is idle" go on with the change before.</summary>
    private bool IsMore(Wish clause, string said) =>
        clause.Kind == WishKind.Unknown && !IsUnread(clause) && !WishWords.OnlyAsks(WishParts.Bare(said));

    private void AddNames(List<Wish> read, Wish clause)
    {
        if (!read.Exists(one => one.Kind != WishKind.Unknown))
        {
            continuation.Add(
                read,
                clause with
                {
                    Kind = WishKind.Unknown,
                    Metric = null,
                    Text = null,
                    When = null,
                    Unclear = null,
                }
            );
        }
    }

    private static string Words(string said, IReadOnlyList<SaidTime> times) =>
        Spaces().Replace(WishDates.Told(said, times), " ").Trim(' ', '.', '!', '?');

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

    private Wish Clause(string clause, IReadOnlyList<SaidTime> times)
    {
        var text = WishParts.Bare(clause);
        var (spoken, named) = Spoken(text);
        var kind = WishWords.KindOf(spoken);
        var told = WishDates.First(clause, times);
        if (
            kind == WishKind.Unknown
            && told is { From: null, IsFuture: false }
            && text.Length > 0
            && IsImperative().IsMatch(text)
        )
        {
            kind = WishKind.Rollback;
        }
        if (Calls().IsMatch(text))
        {
            // "Stop!" is said to who speaks.
            kind = WishKind.Unknown;
        }
        if (kind == WishKind.Undo)
        {
            kind = UndoneOr(text, told);
        }
        else if (
            kind is WishKind.Restart or WishKind.Stop or WishKind.Start or WishKind.Rotate
            && WishDenials.Other(text) is { } other
            && !names.Find(named).Used.Contains(other)
        )
        {
            // The alerts of a service are not the service.
            kind = WishKind.Unknown;
        }
        var wish = subject.Of(new Wish(kind, text, When: WishDates.Of(clause, kind, times)), text, named);
        return kind switch
        {
            WishKind.Rollback when SaidTarget.IsUnclear(clause, IsKnown(wish)) => WithNoMoment(wish),
            // It may go on with a roll-back: "to the version before friday".
            WishKind.Unknown when SaidTarget.IsBeforeTime(clause) => wish with { Unclear = NoMoment },
            _ => wish,
        };
    }

    private static bool IsKnown(Wish wish) => wish is { When: not null } or { Text: not null };

    private static Wish WithNoMoment(Wish wish) =>
        wish with
        {
            When = null,
            Text = null,
            Unclear = wish.Unclear ?? NoMoment,
        };

    /// <summary>
    /// The text by which its kind is known, and the part of it that names: "start the stop service" starts, and what it starts is called stop.
    /// </summary>
    private (string Spoken, string Named) Spoken(string text)
    {
        if (Led().Match(text) is not { Success: true } led)
        {
            return (text, text);
        }
        var rest = led.Groups["rest"].Value;
        var verbs = names.Find(rest).Used.Where(WishDenials.NamesDeed).ToList();
        return verbs.Count == 0
            ? (text, rest)
            : (
                $"{led.Groups["lead"].Value} {string.Join(' ', rest.Split(' ').Where(word => !FleetNames.Words(word).Exists(verbs.Contains)))}",
                rest
            );
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

    private Wish Command(string said)
    {
        var name = new string([.. said.Skip(1).TakeWhile(char.IsLetter)]);
        var rest = said[(1 + name.Length)..].Trim();
        if (SlashCommand.Find(name) is not { } command)
        {
            return new Wish(WishKind.Help, said, Text: name);
        }
        var isDone = WishWords.MayChange(command.Kind) && command.Kind != WishKind.Rollback;
        var (text, times) = isDone ? WishDates.Take(rest, now, zone) : TimeWords.Take(rest, now, zone);
        var (main, condition) = WishWords.MayChange(command.Kind) ? WishConditions.Split(text) : (text, null);
        var when =
            isDone ? WishDates.Of(main, command.Kind, times)
            : times.Count > 0 ? times[0]
            : null;
        var bare = WishParts.Bare(main);
        var wish = subject.Of(new Wish(command.Kind, said, When: when), bare, bare) with
        {
            Condition = condition is null ? WishConditions.Lasting(command.Kind, bare) : Words(condition, times),
        };
        if (command.Kind == WishKind.Rollback && SaidTarget.IsBeforeTime(text))
        {
            wish = WithNoMoment(wish);
        }
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

    /// <summary>A greeting at the beginning, and what is said in parting: "goede morgen", "see you tomorrow". Its day is meant for nothing.</summary>
    [GeneratedRegex(
        @"^\W*(?:(?:hi|hello|hey|hallo|hoi|dag)\W{1,3})?(?:goeden?|goeie|good) ?(?:morgen|middag|avond|nacht|dag|morning|afternoon|evening|day)(?: (?:all|everyone|everybody|team|allemaal|iedereen|samen))?(?=[ ,.!;:-]|$)[ ,.!;:-]*"
            + @"|(?:(?<=[.!?,;] )(?:see (?:you|ya)|talk to you|speak to you|zie je|spreek je)|(?<=[.!?] )tot)(?: (?:on|op|next|volgende))? (?:then|soon|later|tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|week|dan|gauw|straks|zo|morgen|overmorgen|vanavond|vanmiddag|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag) ?(?:[.!?]+(?= |$)|$)"
    )]
    private static partial Regex Greeted();

    /// <summary>What is typed for an apostrophe: "don;t" is no end of a sentence.</summary>
    [GeneratedRegex(
        @"(?<=\b(?:do|does|did|is|are|was|were|ca|wo|should|would|could|must|need|has|have)n)[;´`‘ʼ](?=t\b)"
    )]
    private static partial Regex Apostrophe();

    [GeneratedRegex(
        @"^(?<lead>\W*(?:(?:please|now|just|also|then|graag|nu|ook|dan|even|can you|could you|would you|will you|kun je|kan je|wil je) )*(?:re-?start|reboot|bounce|stop|halt|start|scale|rotate|herstart|schaal|roteer))\s+(?<rest>\S.*)$",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Led();

    [GeneratedRegex(
        @"^\W*(?:(?:please|no|ok|okay|nee|nu|now|just) )*(?:stop|halt|ho|start over)(?: (?:please|now|nu|maar|aub|alsjeblieft|daarmee))*\W*$"
    )]
    private static partial Regex Calls();

    /// <summary>In Dutch "then" stands behind the verb: no wish ends there.</summary>
    [GeneratedRegex(
        @"(?<=^|[,;.] ?|\ben )(laat|toon|geef|kijk|start|stop|herstart|zet|schakel|schaal|rol|draai|roteer) (?:daarna|vervolgens|dan|ook) "
    )]
    private static partial Regex Behind();

    [GeneratedRegex(@"^(?:please |can you |could you |graag |kun je )?(?:put|set|bring|take|go|zet|breng|ga)\b")]
    private static partial Regex IsImperative();

    [GeneratedRegex(
        @"(?<!\b(?:did|done|made|happened|changes?|changed) )\b(?:to|naar) (?:the |de |het )?(?!me\b|us\b|mij\b|ons\b)[\w'-]|\b(?:release|version|versie|deploy\w*|uitrol|rollout|state|toestand)\b"
    )]
    private static partial Regex GoesBack();
}
