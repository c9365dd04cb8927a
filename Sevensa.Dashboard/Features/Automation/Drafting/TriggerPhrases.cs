using System.Globalization;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>What a sentence's trigger is made of, beside what it says.</summary>
/// <param name="Service">The service that is meant; null where none was named.</param>
/// <param name="Queues">Names of metrics that count what waits in a queue.</param>
internal sealed record TriggerSurroundings(
    IMetrics Metrics,
    MetricNames Names,
    IReadOnlyList<string> Queues,
    string? Service,
    TimeSpan? For,
    ICollection<string> Notes
);

/// <summary>What people say that is looked at. Each phrase is one kind of trouble.</summary>
internal static class TriggerPhrases
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;

    private const string Peaks =
        @"\b(?:before|ahead of|voor)\s+(?:(?:the|its|each|every|de|het|zijn|elke)\s+)?(?:daily\s+|next\s+|dagelijkse\s+)?(?:peak|rush|piek|spits|drukte)\b";

    private const string Above =
        @"(?:(?:is|are|goes|gets|stays|rises|exceeds|wordt|komt|staat|blijft|voor)\s+)*(?:above|over|more than|higher than|greater than|slower than|longer than|at least|boven|meer dan|hoger dan|>)?";

    private const string Its = @"(?:(?:its|the|their|a|zijn|haar|de|het|een)\s+)?";

    private static readonly (Regex Shape, Func<Match, SentenceRest, TriggerSurroundings, TriggerWish> Make)[] phrases =
    [
        Phrase(
            "`(?<query>[^`]+)`",
            (match, rest, _) => new TriggerWish(TriggerKind.Metric, Query: rest.Written(match.Groups["query"]))
        ),
        Phrase(
            $@"\b{Its}(?:alert|alarm|waarschuwing)\s+[""“]?(?<name>[\p{{L}}\p{{N}}_-]+)[""”]?\s+(?:fires|is firing|goes off|afgaat|gaat af|vuurt)",
            (match, rest, _) => new TriggerWish(TriggerKind.Alert, Alert: rest.Written(match.Groups["name"]))
        ),
        Phrase(
            $@"\b{Its}(?:queue|wachtrij)(?:\s+of\s+[\p{{L}}\p{{N}}-]+)?\s+(?:(?:is|has been|gets|staat|zit|stays|blijft)\s+)*(?:stuck|blocked|jammed|not moving|vast|vastzit|vastgelopen|hangs|hangt)\b",
            Stuck
        ),
        Phrase($@"\b(?:wachtrij)\b(?=[^,;.]*\bvastzit\b)", Stuck),
        Phrase(
            $@"\b{Its}(?:queue|wachtrij)\s+(?:is\s+|has\s+|heeft\s+)?{Above}\s*{SentenceWords.Number("n")}(?:\s+(?:items|jobs|messages|entries|taken|berichten))?\b",
            QueueLong
        ),
        Phrase(
            $@"\b(?:(?:it|they|the container|a container|het|hij)\s+)?(?:(?:is|are|becomes|turns|gets|wordt|stays)\s+)*(?:unhealthy|ongezond)\b|\b{Its}health ?checks?\s+(?:fails?|is failing|faalt)|\bfails\s+{Its}health ?checks?",
            (_, _, _) => new TriggerWish(TriggerKind.Container, State: ContainerTrouble.Unhealthy)
        ),
        Phrase(
            $@"\b(?:(?:it|het|hij)\s+)?(?:crashes|restarts|is restarted|was restarted|has restarted|dies|crasht|herstart)\s+(?:more than\s+|at least\s+|meer dan\s+)?{SentenceWords.Count("n")}(?:\s*(?:times|time|keer|maal|x))?\s+(?:within|in|binnen)\s+{SentenceWords.Span("d")}",
            (match, _, _) =>
                new TriggerWish(
                    TriggerKind.Container,
                    State: ContainerTrouble.CrashLoop,
                    Count: (int)SentenceWords.NumberOf(match.Groups["n"].Value),
                    Within: PolicyDuration.Short(SentenceWords.SpanOf(match.Groups["d"].Value))
                )
        ),
        Phrase(
            @"\b(?:(?:it|het|hij)\s+)?(?:keeps? (?:on )?(?:crashing|restarting)|is in a crash[ -]?loop|goes into a crash[ -]?loop|crash[ -]?loops?|blijft (?:crashen|herstarten)|(?:steeds|telkens) (?:crasht|herstart))\b",
            (_, _, _) => new TriggerWish(TriggerKind.Container, State: ContainerTrouble.CrashLoop)
        ),
        Phrase(
            @"\b(?:(?:it|het|hij)\s+)?(?:(?:runs|is|goes|ran|gets|was|komt)\s+)*(?:out of memory|oom[ -]?killed|zonder geheugen(?: (?:komt|zit|raakt))?|geheugen tekort(?: ?komt)?)\b",
            (_, _, _) => new TriggerWish(TriggerKind.Container, State: ContainerTrouble.OutOfMemory)
        ),
        Phrase(
            $@"\b{Its}disks?\s+(?:will be|is going to be|runs|wordt|gets)\s+(?:full|vol)\s+(?:within|in|binnen)\s+{SentenceWords.Span("d")}",
            DiskSoon
        ),
        Phrase(
            $@"\b{Its}(?:disks?|schijf)(?:\s+space|ruimte)?\s+{Above}\s*{SentenceWords.Number("share")}\s*(?:%|percent|procent)(?:\s*(?:full|used|vol|gebruikt))?(?:\s+is\b)?",
            DiskFull
        ),
        Phrase(
            $@"\b{Its}(?:disks?|schijf)\s+(?:fills(?: up)?|is filling(?: up)?|is full|is nearly full|is almost full|raakt vol|loopt vol|is vol|vol (?:raakt|loopt|is))\b",
            DiskFull
        ),
        Phrase(
            $@"\b{Its}(?:certificates?|certificaat)\s+(?:expires?|ends?|runs out|is going to expire|verloopt|verlopen)\s+(?:within|in|binnen)\s+(?:less than\s+)?{SentenceWords.Span("d")}",
            Certificate
        ),
        Phrase(
            $@"\b{Its}certificaat\s+(?:binnen|over)\s+(?:minder dan\s+)?{SentenceWords.Span("d")}\s+(?:verloopt|afloopt)\b",
            Certificate
        ),
        Phrase(
            $@"\b{Its}(?:hosts?|machine|server)\s+(?:(?:is|are|goes|gets|becomes|gaat|wordt|staat|ligt)\s+)*(?:away|down|gone|lost|offline|unreachable|disconnected|weg|plat|onbereikbaar|afwezig)\b(?:\s+(?:is|gaat|ligt|staat)\b)?|\b{Its}(?:host|machine|server)\b(?=\s+(?:al\s+)?\d+\s+\p{{L}}+\s+(?:weg|plat|onbereikbaar|afwezig)\b)",
            HostAway
        ),
        Phrase(
            @"\b(?:when(?:ever)?\s+|if\s+|als\s+|wanneer\s+)?(?:the watch (?:after (?:a|its|the) deploy )?finds it worse(?: than before)?|(?:a|the|its|the last|the latest|a new|een|de|zijn|de laatste|een nieuwe)\s+(?:deploy|deployment|release|version|uitrol|versie)\s+(?:(?:of it|ervan)\s+)?(?:(?:has\s+|have\s+)?(?:made|makes|make)\s+(?:it|things|everything)\s+worse|is\s+(?:worse|worse than before|bad|slechter)|goes wrong|breaks it|(?:het|hem)\s+slechter\s+(?:maakt|maakte|gemaakt heeft)))\b|\b(?:after|na)\s+(?:a|every|each|een|elke)\s+(?:bad|failed|worse|slechte|mislukte)\s+(?:deploy|deployment|release|uitrol)\b",
            (_, _, _) => new TriggerWish(TriggerKind.Watch)
        ),
        Phrase(Peaks, Peak),
        Phrase(
            $@"\b{Its}(?:logs?|it logs|log)\s+(?:shows?\s+|has\s+|holds?\s+|toont\s+)?(?:more than\s+|at least\s+|over\s+|meer dan\s+)?{SentenceWords.Count("n")}\s+(?:times\s+|keer\s+)?(?:[""“](?<text>[^""”]+)[""”](?:\s+lines)?|(?<level>errors?|warnings?|fouten|lines|regels))\s+(?:within|in|per|binnen)\s+(?:a\s+|an\s+)?{SentenceWords.Span("d")}",
            Lines
        ),
        Phrase(
            $@"\b(?:more than\s+|at least\s+|over\s+|meer dan\s+)?{SentenceWords.Count("n")}\s+(?:[""“](?<text>[^""”]+)[""”]|(?<level>errors?|warnings?|fouten))\s+(?:lines\s+)?(?:are|is|were|worden)\s+(?:logged|gelogd)\s+(?:within|in|per|binnen)\s+{SentenceWords.Span("d")}",
            Lines
        ),
        Phrase(
            $@"\b{Its}(?:error (?:rate|share)|errors|foutpercentage|share of errors)\s+{Above}\s*{SentenceWords.Number("share")}\s*(?:%|percent|procent)",
            (match, _, around) => Figure(around, ServiceMetric.ErrorShare, Share(match), "of its requests fail")
        ),
        Phrase(
            $@"\b{Its}(?:p95|latency|response time|responstijd|p95 latency)\s+{Above}\s*(?<n>{SentenceWords.Figure})\s*(?<unit>ms|milliseconds|milliseconden|s|seconds?|seconden)\b",
            Latency
        ),
        Phrase(
            $@"\b{Its}(?:memory|geheugen|memory use|memory usage|geheugengebruik)\s+{Above}\s*{SentenceWords.Number("share")}\s*(?:%|percent|procent)(?:\s+(?:of its limit|full|used|vol))?",
            (match, _, around) => Figure(around, ServiceMetric.MemoryShare, Share(match), "of its memory limit is used")
        ),
        Phrase(
            $@"\b{Its}cpu(?:\s+(?:use|usage|load))?\s+{Above}\s*(?<n>{SentenceWords.Figure})\s*(?:cores?|cpus?|processors?)\b",
            (match, _, around) => Figure(around, ServiceMetric.Cpu, Number(match), "cores are used")
        ),
        Phrase(
            @"\b(?:(?:it|het|hij)\s+)?(?:(?:is|goes|are)\s+)*(?:not running|does not run|doesn't run|has stopped|is stopped|stops running|has exited|exits|draait niet|niet draait|is gestopt|gestopt is)\b",
            (_, _, _) => new TriggerWish(TriggerKind.Container, State: ContainerTrouble.Stopped)
        ),
        Phrase(
            @"\b(?:(?:it|het|hij)\s+)?(?:is down|goes down|is unreachable|does not answer|doesn't answer|is not answering|ligt plat|is plat|plat ligt|antwoordt niet|niet antwoordt)\b",
            (_, _, around) =>
                new TriggerWish(
                    TriggerKind.Metric,
                    Query: $"max by (service) ({around.Names.Up}{Of(around)}) == 0",
                    Words: "it does not answer Prometheus"
                )
        ),
        Phrase(
            $@"\b(?:every|each|elke|iedere)\s+(?<days>day|night|morning|evening|weekday|working day|dag|nacht|ochtend|avond|werkdag|{SentenceWords.DayNames})\s+(?:at|om)\s+{SentenceWords.Clock("at")}",
            Daily
        ),
        Phrase(
            @"\b(?:every|each|elk|ieder)\s+(?:hour|uur)\b",
            (_, _, _) => new TriggerWish(TriggerKind.Schedule, Cron: "0 * * * *")
        ),
    ];

    /// <summary>A load that is expected: how many containers it wants is worked out, and said with it.</summary>
    public static bool IsPeak(string text) => Regex.IsMatch(text, Peaks, Options);

    /// <summary>Takes what is looked at out of the sentence; null when nothing is recognised.</summary>
    public static TriggerWish? Take(SentenceRest rest, TriggerSurroundings around)
    {
        foreach (var (shape, make) in phrases)
        {
            if (rest.Take(shape, CanBe) is { } match)
            {
                return make(match, rest, around);
            }
        }
        return null;
    }

    /// <summary>A time that there is, and no more than the whole.</summary>
    private static bool CanBe(Match match) =>
        (!match.Groups["at"].Success || SentenceWords.ClockOf(match.Groups["at"].Value.Trim()) is not null)
        && !(SentenceWords.IsEndOfDay(match.Groups["at"].Value.Trim()) && DaysOf(match) != EveryDay)
        && (!match.Groups["share"].Success || SentenceWords.NumberOf(match.Groups["share"].Value) <= 100);

    private static (Regex, Func<Match, SentenceRest, TriggerSurroundings, TriggerWish>) Phrase(
        string shape,
        Func<Match, SentenceRest, TriggerSurroundings, TriggerWish> make
    ) => (new Regex(shape, RegexOptions.CultureInvariant), make);

    private static TriggerWish Stuck(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        // The Dutch order leaves the verb at the end of the clause.
        rest.Take(new Regex(@"\b(?:vastzit|vast zit|vastloopt)\b", RegexOptions.CultureInvariant));
        var (queue, back) = (
            Queue(around),
            PolicyDuration.Short(around.For is { } span && span > TimeSpan.Zero ? span : TimeSpan.FromMinutes(5))
        );
        return new TriggerWish(
            TriggerKind.Metric,
            Query: $"sum by (service) ({queue}) > 0 and sum by (service) ({queue}) >= sum by (service) ({queue} offset {back})",
            Words: "its queue is stuck (something waits, and no less than before)"
        );
    }

    private static TriggerWish QueueLong(Match match, SentenceRest rest, TriggerSurroundings around) =>
        new(
            TriggerKind.Metric,
            Query: $"sum by (service) ({Queue(around)}) > {Number(match)}",
            Words: $"more than {Number(match)} wait in its queue"
        );

    /// <summary>The one metric that is called after a queue; else whatever is called so.</summary>
    private static string Queue(TriggerSurroundings around)
    {
        if (around.Queues is [var only])
        {
            around.Notes.Add($"The queue is read from the metric {only}.");
            return $"{only}{Of(around)}";
        }
        around.Notes.Add(
            around.Queues.Count == 0
                ? "No metric of this tenant is called after a queue yet: until one is, the trigger holds for nothing. Check its expression."
                : $"Several metrics are called after a queue ({string.Join(", ", around.Queues)}). Check the trigger's expression."
        );
        const string any = "__name__=~\".*queue.*(length|size|depth|waiting|pending|messages|jobs)\"";
        return around.Service is { } service ? $"{{{any},service=\"{service}\"}}" : $"{{{any}}}";
    }

    private static TriggerWish DiskFull(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var share = match.Groups["share"].Success ? Share(match) : "0.9";
        if (!match.Groups["share"].Success)
        {
            around.Notes.Add("\"Full\" is read as 90 percent.");
        }
        return new TriggerWish(
            TriggerKind.Metric,
            Query: $"max without (instance) (1 - {around.Names.DiskAvailable} / ({around.Names.DiskSize} > 0)) > {share}",
            Words: $"a disk is more than {Percent(share)} full"
        );
    }

    private static TriggerWish DiskSoon(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var span = SentenceWords.SpanOf(match.Groups["d"].Value);
        return new TriggerWish(
            TriggerKind.Metric,
            Query: string.Create(
                CultureInfo.InvariantCulture,
                $"predict_linear({around.Names.DiskAvailable}[6h], {span.TotalSeconds:0}) < 0"
            ),
            Words: $"a disk will be full within {PolicyDuration.Words(span)}, as it fills now"
        );
    }

    private static TriggerWish Certificate(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var span = SentenceWords.SpanOf(match.Groups["d"].Value);
        around.Notes.Add(
            "The end of certificates is read from probe_ssl_earliest_cert_expiry, which the blackbox exporter tells."
        );
        return new TriggerWish(
            TriggerKind.Metric,
            Query: string.Create(
                CultureInfo.InvariantCulture,
                $"probe_ssl_earliest_cert_expiry{Of(around)} - time() < {span.TotalSeconds:0}"
            ),
            Words: $"a certificate ends within {PolicyDuration.Words(span)}"
        );
    }

    /// <summary>The Dutch order has how long before what it is.</summary>
    private static TriggerWish HostAway(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        rest.Take(new Regex(@"\b(?:weg|plat|onbereikbaar|afwezig)(?:\s+(?:is|gaat|ligt|staat))?\b", Options));
        return new TriggerWish(TriggerKind.Host);
    }

    private static readonly Regex carried = new(
        $@"\b(?:at\s+|bij\s+|with\s+|met\s+)?(?<n>{SentenceWords.Figure})\s+(?:requests?|verzoeken)\s+(?:a|per|each|every)\s+(?:second|seconde)\s+(?:per|for each|for every|for one|each|voor elke|voor een)\s*(?:container|replica|instance)?\b",
        Options
    );

    private static readonly Regex most = new(
        $@"\b(?:(?:and\s+|en\s+)?(?:(?:between|from|tussen|van)\s+{SentenceWords.Count("least")}\s+(?:and|to|en|tot)|(?:up to|at most|no more than|maximum|maximaal|hoogstens|tot)))\s+{SentenceWords.Count("n")}\s+(?:containers?|replicas?|instances?|copies|stuks)\b",
        Options
    );

    /// <summary>What one carries and how many there may be has to be said with it; what is not said is asked for when it is read as a policy.</summary>
    private static TriggerWish Peak(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var (each, bounds) = (rest.Take(carried), rest.Take(most));
        around.Notes.Add(
            $"The load is read as requests per second ({around.Names.Requests}), and forecast from the last 7 days."
        );
        return new TriggerWish(
            TriggerKind.Forecast,
            Query: $"sum by (service) (rate({around.Names.Requests}{Of(around)}[5m]))",
            Scale: new ScaleWish(
                each is null ? null : SentenceWords.NumberOf(each.Groups["n"].Value),
                bounds?.Groups["least"] is { Success: true } least ? (int)SentenceWords.NumberOf(least.Value) : null,
                bounds is null ? null : (int)SentenceWords.NumberOf(bounds.Groups["n"].Value)
            )
        );
    }

    private static TriggerWish Lines(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var stream = around.Service is { } service ? $"{{service=\"{service}\"}}" : "{}";
        var level = match.Groups["level"].Value;
        var what =
            match.Groups["text"] is { Success: true } text ? $" |= {Quoted(rest.Written(text))}"
            : level is ['e', ..] or ['f', ..] ? " | level=\"error\""
            : level is ['w', ..] ? " | level=\"warn\""
            : "";
        return new TriggerWish(
            TriggerKind.Logs,
            Query: (stream == "{}" ? "{service=~\".+\"}" : stream) + what,
            Above: SentenceWords.NumberOf(match.Groups["n"].Value),
            Within: PolicyDuration.Short(SentenceWords.SpanOf(match.Groups["d"].Value))
        );
    }

    private static TriggerWish Latency(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var number = SentenceWords.NumberOf(match.Groups["n"].Value);
        var seconds = match.Groups["unit"].Value[0] == 'm' ? number / 1000 : number;
        return Figure(
            around,
            ServiceMetric.LatencyP95,
            seconds.ToString("0.####", CultureInfo.InvariantCulture),
            "seconds is its p95"
        );
    }

    private static TriggerWish Daily(Match match, SentenceRest rest, TriggerSurroundings around)
    {
        var clock = SentenceWords.ClockOf(match.Groups["at"].Value.Trim())!;
        return new TriggerWish(
            TriggerKind.Schedule,
            Cron: string.Create(
                CultureInfo.InvariantCulture,
                $"{int.Parse(clock[3..], CultureInfo.InvariantCulture)} {int.Parse(clock[..2], CultureInfo.InvariantCulture)} * * {DaysOf(match)}"
            )
        );
    }

    private const string EveryDay = "*";

    private static string DaysOf(Match match) =>
        SentenceWords.DaysOf(match.Groups["days"].Value) is { Count: > 0 } named
            ? string.Join(',', named.Select(day => (int)day))
        : match.Groups["days"].Value is "weekday" or "working day" or "werkdag" ? "1-5"
        : EveryDay;

    private static TriggerWish Figure(TriggerSurroundings around, ServiceMetric metric, string above, string words) =>
        new(
            TriggerKind.Metric,
            Query: $"({around.Metrics.QueryOf(metric)}) > {above}",
            Words: metric is ServiceMetric.ErrorShare or ServiceMetric.MemoryShare
                ? $"more than {Percent(above)} {words}"
                : $"more than {above} {words}"
        );

    private static string Of(TriggerSurroundings around) =>
        around.Service is { } service ? $"{{service=\"{service}\"}}" : "";

    private static string Number(Match match) =>
        SentenceWords.NumberOf(match.Groups["n"].Value).ToString("0.####", CultureInfo.InvariantCulture);

    private static string Share(Match match) =>
        (SentenceWords.NumberOf(match.Groups["share"].Value) / 100).ToString("0.####", CultureInfo.InvariantCulture);

    private static string Percent(string share) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{double.Parse(share, CultureInfo.InvariantCulture) * 100:0.##} %"
        );

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
