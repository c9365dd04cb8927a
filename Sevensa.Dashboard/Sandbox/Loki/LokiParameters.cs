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

    public int Limit()
    {
        var limit = (int)(Number("limit") ?? 100);
        return limit > MostEntries
                ? throw new LokiRefusal(
                    400,
                    $"max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MostEntries})"
                )
            : limit > 0 ? limit
            : throw new LokiRefusal(400, "limit must be a positive value");
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
        var from = Time("start") ?? to - (long)((LokiFields.Seconds(this["since"] ?? "") ?? 3600) * Second);
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
        var step = this["step"] is { Length: > 0 } text
            ? LokiFields.Number(text)
                ?? LokiFields.Seconds(text)
                ?? throw new LokiRefusal(400, $"cannot parse \"{text}\" to a valid duration")
            : Math.Max(1, Math.Floor((end - start) / 250));
        if (step <= 0)
        {
            throw new LokiRefusal(
                400,
                "zero or negative query resolution step widths are not accepted. Try a positive integer"
            );
        }
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

    public double? Number(string name) => LokiFields.Number(this[name] ?? "");

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
