using System.Globalization;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Kinds;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>A question in named values.</summary>
/// <param name="Text">A text, or the word for a level.</param>
internal sealed record LogAsk(
    string Tenant,
    string? Service,
    string? Text,
    int Minutes,
    string? Level = null,
    string? Field = null,
    string? Value = null,
    DateTimeOffset? Until = null
);

/// <param name="Link">Page that shows the line among its neighbours.</param>
internal sealed record ToldLine(string Id, DateTimeOffset At, string? Service, string? Level, string Text, string Link);

/// <param name="Link">Page that shows the same lines.</param>
/// <param name="Untrusted">Whoever reads the lines must not obey them.</param>
internal sealed record ToldLines(
    string Tenant,
    IReadOnlyList<ToldLine> Lines,
    string? Note,
    string Link,
    bool Untrusted = true
);

internal sealed record ToldCount(DateTimeOffset Until, IReadOnlyDictionary<string, double> Lines);

internal sealed record ToldCounts(
    string Tenant,
    string Per,
    double Total,
    IReadOnlyDictionary<string, double> ByLevel,
    IReadOnlyList<ToldCount> OverTime,
    string? Note,
    string Link
);

/// <param name="Pattern">With &lt;_&gt; where lines differ.</param>
internal sealed record ToldKind(string Pattern, string? Level, double Lines, bool? NewSinceRelease, string Link);

internal sealed record ToldKinds(
    string Tenant,
    IReadOnlyList<ToldKind> Patterns,
    string? Release,
    string? Note,
    string Link,
    bool Untrusted = true
);

/// <summary>Answers questions about logs for those who can't look at a page, each with the address of one.</summary>
internal sealed class LogInquiries(ITenantScopes scopes, LokiClient loki, LogKinds kinds, TimeProvider time)
{
    private const int Most = 40;
    private const int MostKinds = 15;
    private const int LongestLine = 500;
    private const int LongestMinutes = 10_080;
    private const int Points = 12;

    private static readonly string[] Levels = ["trace", "debug", "info", "warn", "error", "critical", "fatal"];

    private sealed record Asked(TenantScope Scope, LogQuestion Question, DateTimeOffset From, DateTimeOffset To)
    {
        public string? Missing { get; init; }

        public string Link(string tenant, string? logQl = null) =>
            LogLinks.Page(tenant, logQl ?? Question.LogQl, Ms(From), Ms(To));
    }

    public async Task<ToldLines> LinesAsync(Caller caller, LogAsk ask, CancellationToken cancellation)
    {
        var asked = await AskAsync(caller, ask, cancellation);
        if (asked.Missing is { } missing)
        {
            return new ToldLines(ask.Tenant, [], missing, asked.Link(ask.Tenant));
        }
        var answer = await loki.QueryRangeAsync(
            asked.Scope,
            new LokiRangeQuery(asked.Question.LogQl, asked.From.ToUnixNs(), asked.To.ToUnixNs(), Most + 1),
            cancellation
        );
        var found = answer.Lines(LokiDirection.Backward);
        return new ToldLines(
            ask.Tenant,
            [.. found.Take(Most).Select(line => Told(ask.Tenant, asked.Question.LogQl, line))],
            found.Count > Most ? $"The newest {Most}; there are more."
                : found.Count == 0
                    ? $"No such line in {(ask.Until is null ? "the last " : "")}{(int)(asked.To - asked.From).TotalMinutes} min."
                : null,
            asked.Link(ask.Tenant)
        );
    }

    public async Task<ToldCounts> CountAsync(Caller caller, LogAsk ask, CancellationToken cancellation)
    {
        var asked = await AskAsync(caller, ask, cancellation);
        var step = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((asked.To - asked.From).TotalSeconds / Points)));
        var per = $"{step.TotalSeconds:0} s";
        if (asked.Missing is { } missing)
        {
            return new ToldCounts(
                ask.Tenant,
                per,
                0,
                new Dictionary<string, double>(),
                [],
                missing,
                asked.Link(ask.Tenant)
            );
        }
        var count = LogVolume.Count(
            LogQlParser.ParseLogQuery(asked.Question.LogQl, LogQlScoper.Limits),
            step,
            LogSearch.LevelLabel
        );
        var answer = await loki.QueryRangeAsync(
            asked.Scope,
            new LokiRangeQuery(
                count.ToString(),
                (asked.From + step).ToUnixNs(),
                (asked.To + step / 2).ToUnixNs(),
                Step: step
            ),
            cancellation
        );
        var points = answer
            .Series.SelectMany(
                series => series.Points,
                (series, point) =>
                    (Level: series.Labels.GetValueOrDefault(LogSearch.LevelLabel, "unknown"), Point: point)
            )
            .ToList();
        return new ToldCounts(
            ask.Tenant,
            per,
            points.Sum(one => one.Point.Value),
            Sums(points),
            [
                .. points
                    .GroupBy(one => one.Point.TimeUnixMs)
                    .OrderBy(at => at.Key)
                    .Select(at => new ToldCount(DateTimeOffset.FromUnixTimeMilliseconds(at.Key), Sums(at))),
            ],
            points.Count == 0 ? "No such line in that time." : null,
            asked.Link(ask.Tenant)
        );
    }

    public async Task<ToldKinds> KindsAsync(Caller caller, LogAsk ask, CancellationToken cancellation)
    {
        var asked = await AskAsync(caller, ask, cancellation);
        var link = asked.Link(ask.Tenant) + "&view=patterns";
        if (asked.Missing is { } missing)
        {
            return new ToldKinds(ask.Tenant, [], null, missing, link);
        }
        var list = await kinds.OfAsync(asked.Scope, asked.Question.LogQl, asked.From, asked.To, cancellation);
        return new ToldKinds(
            ask.Tenant,
            [
                .. list
                    .Kinds.OrderByDescending(kind => kind.IsNew == true)
                    .ThenByDescending(kind => kind.Count)
                    .Take(MostKinds)
                    .Select(kind => new ToldKind(
                        Cut(kind.Pattern),
                        kind.Level,
                        kind.Count,
                        list.Release is null ? null : kind.IsNew,
                        asked.Link(ask.Tenant, LogFilters.Pattern(asked.Question.LogQl, kind.Pattern, include: true))
                    )),
            ],
            list.Release is { } release ? $"{release.Text} at {release.At:O}" : null,
            list.SampleOf is { } sample ? $"Of the newest {sample} lines."
                : list.CountedFrom is { } counted
                    ? $"Counted from {counted.UtcDateTime.ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture)} UTC on only: Loki keeps its patterns no longer."
                : null,
            link
        );
    }

    public async Task<ToldLines> ContextAsync(
        Caller caller,
        string tenant,
        string line,
        int around,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var all = new LogQuestion().LogQl;
        var link = LogLinks.Line(tenant, all, line, TimeSpan.FromMinutes(10));
        var found = LogRows.TimeOf(line) is null
            ? null
            : await LogNeighbours.FindAsync(loki, scope, all, line, Math.Clamp(around, 1, 30), cancellation);
        return found is null
            ? new ToldLines(tenant, [], $"There is no line {line}. Take an id that a search gave.", link)
            : new ToldLines(
                tenant,
                [.. found.Lines.Select(one => Told(tenant, all, one))],
                $"Line {found.At + 1} is the one asked for; all are of {found.Stream}.",
                link
            );
    }

    private async Task<Asked> AskAsync(Caller caller, LogAsk ask, CancellationToken cancellation)
    {
        var scope = await scopes.ForAsync(caller, ask.Tenant, cancellation);
        var now = time.GetUtcNow();
        var from = now.AddMinutes(-Math.Clamp(ask.Minutes, 1, LongestMinutes));
        var to = ask.Until is { } until && until < now ? until : now;
        if (to <= from)
        {
            throw new ArgumentException(
                $"until lies before the last {ask.Minutes} minutes begin, so there is nothing in between. Look back further, at most {LongestMinutes} minutes."
            );
        }
        var service = Word(ask.Service);
        var text = Word(ask.Text);
        var known = service is null ? null : await FindAsync(scope, ask.Tenant, service, from, to, cancellation);
        var named = Word(ask.Level);
        var level = named is null
            ? LevelOf(text)
            : LevelOf(named)
                ?? throw new ArgumentException(
                    $"There is no level \"{named}\". There are {string.Join(", ", Levels)}."
                );
        var question = new LogQuestion(
            known,
            level == "error" ? "critical,error,fatal" : level,
            LevelOf(text) is null || named is not null ? text : null
        );
        if (Word(ask.Field) is { } field)
        {
            var fields = await loki.DetectedFieldsAsync(
                scope,
                question.LogQl,
                new LokiSpan(from.ToUnixNs(), to.ToUnixNs()),
                100,
                cancellation
            );
            question = question with
            {
                Field = field,
                Value = ask.Value ?? "",
                Parser = fields.FirstOrDefault(one => one.Label == field) switch
                {
                    { Parsers: var parsers } when parsers.Contains("logfmt") => LogFieldParser.Logfmt,
                    { Parsers.Count: 0 } => LogFieldParser.None,
                    _ => LogFieldParser.Json,
                },
            };
        }
        return new Asked(scope, question, from, to)
        {
            Missing =
                service is not null && known is null
                    ? $"No service \"{service}\" logged in that time."
                    : question.Wrong,
        };
    }

    private async Task<string?> FindAsync(
        TenantScope scope,
        string tenant,
        string service,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var names = await loki.LabelValuesAsync(
            scope,
            LogQuestion.ServiceLabel,
            new LokiSpan(from.ToUnixNs(), to.ToUnixNs()),
            cancellation: cancellation
        );
        return new[] { service, $"{tenant}-{service}" }
                .Select(wanted =>
                    names.FirstOrDefault(name => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase))
                )
                .FirstOrDefault(name => name is not null)
            ?? names.FirstOrDefault(name =>
                string.Equals($"{tenant}-{name}", service, StringComparison.OrdinalIgnoreCase)
            );
    }

    private static ToldLine Told(string tenant, string logQl, LogLine line)
    {
        var id = LogRows.Id(line);
        return new ToldLine(
            id,
            LokiTime.FromUnixNs(line.TimeUnixNs),
            line.Row().Source,
            line.Labels.GetValueOrDefault(LogSearch.LevelLabel) ?? line.Labels.GetValueOrDefault("level"),
            Cut(line.Text),
            LogLinks.Line(tenant, logQl, id, TimeSpan.FromMinutes(10))
        );
    }

    private static Dictionary<string, double> Sums(IEnumerable<(string Level, LokiPoint Point)> points) =>
        points.GroupBy(one => one.Level).ToDictionary(same => same.Key, same => same.Sum(one => one.Point.Value));

    /// <summary>A level by the names that people and programs have for it.</summary>
    private static string? LevelOf(string? text) =>
        text?.ToLowerInvariant() switch
        {
            "warning" => "warn",
            "err" => "error",
            "information" => "info",
            "crit" => "critical",
            var other => Array.Find(Levels, one => one == other),
        };

    private static string Cut(string text) => StoreText.Shorten(text, LongestLine);

    private static string? Word(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static string Ms(DateTimeOffset at) => at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
