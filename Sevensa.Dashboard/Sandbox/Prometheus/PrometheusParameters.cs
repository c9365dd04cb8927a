using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>A request's parameters from query string and form together, with Prometheus' words for bad ones.</summary>
internal sealed partial class PrometheusParameters(
    Dictionary<string, StringValues> values,
    double now,
    PrometheusManner manner
)
{
    public const int MostPoints = 11_000;

    private bool IsNewest => manner == PrometheusManner.Newest;

    /// <summary>The newer server evaluates lengths of time without a flag.</summary>
    private PromQlOptions Reading =>
        IsNewest
            ? PromQlOptions.Stable with
            {
                DurationExpressions = true,
                FormerFunctions = false,
            }
            : PromQlOptions.Stable;

    public static async Task<PrometheusParameters> ReadAsync(HttpRequest request, double now, PrometheusManner manner)
    {
        var values = request.Query.ToDictionary(q => q.Key, q => q.Value);
        if (HttpMethods.IsPost(request.Method) && request.HasFormContentType)
        {
            foreach (var (name, value) in await request.ReadFormAsync(request.HttpContext.RequestAborted))
            {
                values[name] = StringValues.Concat(values.GetValueOrDefault(name), value);
            }
        }
        return new PrometheusParameters(values, now, manner);
    }

    public string? this[string name] => values.TryGetValue(name, out var value) ? value[0] : null;

    public Expr Query(string name = "query")
    {
        if (IsNewest && string.IsNullOrWhiteSpace(this[name]))
        {
            throw Bad(name, "unknown position: parse error: no expression found in input");
        }
        try
        {
            return PromQlParser.Parse(this[name] ?? "", Reading);
        }
        catch (PromQlException e)
        {
            throw Bad(name, $"{e.Line}:{e.Column}: parse error: {e.Detail}");
        }
    }

    public string?[] Many(string name) => [.. values.GetValueOrDefault(name)];

    /// <summary>Selectors of rules, whose labels they choose by.</summary>
    public VectorSelector[] RuleSelectors() =>
        [
            .. Many("match[]")
                .Select(text =>
                {
                    try
                    {
                        return PromQlParser.ParseSelector(text ?? "");
                    }
                    catch (PromQlException e)
                    {
                        throw new PrometheusBadData($"{e.Line}:{e.Column}: parse error: {e.Detail}");
                    }
                }),
        ];

    public VectorSelector[] Matches() =>
        [
            .. (values.GetValueOrDefault("match[]")).Select(text =>
            {
                try
                {
                    return PromQlParser.Parse(text ?? "", Reading) as VectorSelector
                        ?? throw Bad("match[]", "1:1: parse error: expected a vector selector");
                }
                catch (PromQlException e)
                {
                    throw Bad(
                        "match[]",
                        e.Detail.EndsWith("at least one non-empty matcher", StringComparison.Ordinal)
                            ? "match[] must contain at least one non-empty matcher"
                            : $"{e.Line}:{e.Column}: parse error: {e.Detail}"
                    );
                }
            }),
        ];

    /// <summary>How many series or names are given; all, where the older server knows no limit.</summary>
    public int Limit()
    {
        if (this["limit"] is not { Length: > 0 } text)
        {
            return int.MaxValue;
        }
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit))
        {
            throw Bad("limit", $"strconv.Atoi: parsing \"{text}\": invalid syntax");
        }
        return limit switch
        {
            < 0 => throw Bad("limit", "limit must be non-negative"),
            0 => int.MaxValue,
            _ => limit,
        };
    }

    public double Time(string name, double? otherwise = null) =>
        this[name] is not { Length: > 0 } text ? otherwise ?? now
        // The server keeps milliseconds.
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            ? Math.Floor(Math.Round(seconds * 1000, 3)) / 1000
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeMilliseconds() / 1000.0
        : throw Bad(
            name,
            (IsNewest && name == "time" ? "invalid time value for 'time': " : "")
                + $"cannot parse \"{text}\" to a valid timestamp"
        );

    public Steps Range()
    {
        var start = Time("start");
        var end = Time("end");
        if (end < start)
        {
            throw Bad("end", "end timestamp must not be before start time");
        }
        var step = Duration("step") ?? throw Bad("step", "cannot parse \"\" to a valid duration");
        if (step <= 0)
        {
            throw Bad("step", "zero or negative query resolution step widths are not accepted. Try a positive integer");
        }
        return (end - start) / step > MostPoints
            ? throw new PrometheusBadData(
                "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
            )
            : new Steps(start, end, step);
    }

    /// <summary>Seconds; null when the parameter is not there.</summary>
    public double? Duration(string name)
    {
        if (this[name] is not { Length: > 0 } text)
        {
            return null;
        }
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds))
        {
            return Math.Abs(seconds) < long.MaxValue / 1e9
                ? seconds
                : throw Bad(name, $"cannot parse \"{text}\" to a valid duration. It overflows int64");
        }
        var match = Units().Match(text);
        if (!match.Success)
        {
            throw Bad(name, $"cannot parse \"{text}\" to a valid duration");
        }
        double[] sizes = [365 * 86400, 7 * 86400, 86400, 3600, 60, 1, 0.001];
        return sizes.Select((size, n) => match.Groups[n + 1] is { Success: true } g ? size * Number(g.Value) : 0).Sum();
    }

    /// <summary>Within a few thousandths of a second no query ends; the newer server says so.</summary>
    /// <exception cref="TimeoutException">In its words.</exception>
    public void RefuseTooShortTimeout()
    {
        if (Duration("timeout") is { } seconds && IsNewest && seconds < 0.005)
        {
            throw new TimeoutException("query timed out in expression evaluation");
        }
    }

    public static PrometheusBadData Bad(string name, string why) => new($"invalid parameter \"{name}\": {why}");

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?=.)(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$")]
    private static partial Regex Units();
}

/// <summary>A request that can't be understood (400, <c>bad_data</c>).</summary>
internal sealed class PrometheusBadData(string message) : Exception(message);
