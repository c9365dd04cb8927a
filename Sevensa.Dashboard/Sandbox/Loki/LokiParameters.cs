using System.Globalization;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Sandbox.Prometheus;

namespace Sevensa.Dashboard.Sandbox.Loki;

/// <summary>A request's parameters from query string and form together, with Loki's limits and words.</summary>
internal sealed class LokiParameters(Dictionary<string, StringValues> values, long now)
{
    public const int MostEntries = 5000;
    private const long Second = 1_000_000_000;
    private const long Longest = (30L * 24 * 3600 * Second) + (3600 * Second);

    public static async Task<LokiParameters> ReadAsync(HttpRequest request, long now)
    {
        var values = request.Query.ToDictionary(q => q.Key, q => q.Value);
        if (HttpMethods.IsPost(request.Method) && request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync(request.HttpContext.RequestAborted))
            {
                values[name] = value;
            }
        }
        return new LokiParameters(values, now);
    }

    public string? this[string name] => values.TryGetValue(name, out var value) ? value[0] : null;

    public LogQlExpr Query()
    {
        try
        {
            return LogQlParser.Parse(this["query"] ?? "");
        }
        catch (LogQlException e)
        {
            throw new LokiRefusal(400, e.LokiMessage);
        }
    }

    /// <summary>The selectors of <c>match[]</c> or <c>query</c>; none: all streams.</summary>
    public IEnumerable<StreamSelector?> Selectors()
    {
        var texts = values.GetValueOrDefault("match[]").Concat(values.GetValueOrDefault("match")).ToArray();
        if (texts.Length == 0 && this["query"] is { Length: > 0 } and not "{}")
        {
            return Query().Selectors;
        }
        return texts.Length == 0
            ? [null]
            : texts.Select(t =>
            {
                try
                {
                    return (StreamSelector?)LogQlParser.ParseLogQuery(t ?? "").Selector;
                }
                catch (LogQlException e)
                {
                    throw new LokiRefusal(400, e.LokiMessage);
                }
            });
    }

    /// <summary>How many lines are given.</summary>
    public int Limit()
    {
        var limit = AnyLimit();
        return limit > MostEntries
            ? throw new LokiRefusal(
                400,
                $"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MostEntries})"
            )
            : limit;
    }

    /// <summary>As every query's is read; how many lines there may be matters to lines only.</summary>
    public int AnyLimit(bool orNone = false) =>
        Whole("limit", 100) switch
        {
            0 when orNone => 100,
            <= 0 => throw new LokiRefusal(400, "limit must be a positive value"),
            var limit => limit,
        };

    public int Whole(string name, int otherwise) =>
        this[name] is not { Length: > 0 } text ? otherwise
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new LokiRefusal(400, $"strconv.Atoi: parsing \"{text}\": invalid syntax");

    /// <summary>What a query over a range is looked through for, whether it gives lines or figures.</summary>
    public void CheckRange()
    {
        var (from, to) = Range();
        AnyLimit();
        _ = Forward;
        Step(from, to);
        if (this["interval"] is { Length: > 0 } interval && Length(interval) < 0)
        {
            throw new LokiRefusal(400, "interval must be >= 0");
        }
    }

    public bool Forward =>
        this["direction"] is { Length: > 0 } direction
        && direction.ToUpperInvariant() switch
        {
            "FORWARD" => true,
            "BACKWARD" => false,
            _ => throw new LokiRefusal(400, $"invalid direction '{direction}'"),
        };

    /// <summary>Nanoseconds; an hour back from the end without a start.</summary>
    public (long From, long To) Range()
    {
        var to = Time("end") ?? now;
        var since = this["since"] is { Length: > 0 } text
            ? LokiFields.Seconds(text)
                ?? throw new LokiRefusal(
                    400,
                    $"could not parse 'since' parameter: not a valid duration string: \"{text}\""
                )
            : 3600;
        var from = Time("start") ?? to - (long)(since * Second);
        if (from > to)
        {
            throw new LokiRefusal(400, "end timestamp must not be before or equal to start time");
        }
        return to - from > Longest
            ? throw new LokiRefusal(
                400,
                $"the query time range exceeds the limit (query length: {Duration(to - from)}, limit: 30d1h)"
            )
            : (from, to);
    }

    public long At() => Time("time") ?? now;

    public Steps Steps()
    {
        var (from, to) = Range();
        var (start, end) = (from / (double)Second, to / (double)Second);
        var step = Step(from, to);
        if ((end - start) / step > PrometheusParameters.MostPoints)
        {
            throw new LokiRefusal(
                400,
                "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
            );
        }
        // Loki moves the ends outwards to whole steps, so that its caches fit.
        return new Steps(Math.Floor(start / step) * step, Math.Ceiling(end / step) * step, step);
    }

    /// <summary>Seconds.</summary>
    public double Step(long from, long to)
    {
        var step = this["step"] is { Length: > 0 } text
            ? Length(text)
            : Math.Max(1, Math.Floor((to - from) / (double)Second / 250));
        return step > 0
            ? step
            : throw new LokiRefusal(
                400,
                "zero or negative query resolution step widths are not accepted. Try a positive integer"
            );
    }

    private static double Length(string text) =>
        LokiFields.Number(text)
        ?? LokiFields.Seconds(text)
        ?? throw new LokiRefusal(400, $"cannot parse \"{text}\" to a valid duration");

    /// <summary>Nanoseconds, seconds with decimals, or RFC 3339.</summary>
    private long? Time(string name)
    {
        var text = this[name];
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole)
            && (text.Length > 10 || whole < long.MaxValue / Second)
        )
        {
            // As Loki tells them apart: up to ten digits are seconds.
            return text.Length <= 10 ? whole * Second : whole;
        }
        if (
            decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && text.Contains('.', StringComparison.Ordinal)
            && seconds < long.MaxValue / Second
        )
        {
            return (long)(seconds * Second);
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? (time - DateTimeOffset.UnixEpoch).Ticks * 100
            : throw new LokiRefusal(400, $"could not parse '{name}' parameter: cannot parse \"{text}\"");
    }

    /// <summary>As Go writes durations in Loki's messages: two decimals of a second at most.</summary>
    private static string Duration(long nano)
    {
        var (hours, minutes) = (nano / Second / 3600, nano / Second / 60 % 60);
        var seconds = nano % (60 * Second) / (double)Second;
        return string.Create(CultureInfo.InvariantCulture, $"{hours}h{minutes}m{seconds:0.##}s");
    }
}
