using Microsoft.Extensions.Primitives;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>A caller's parameters, each as Prometheus itself would read it: of a form body first, then of the address.</summary>
internal sealed class PrometheusParameters
{
    private readonly IReadOnlyList<KeyValuePair<string, StringValues>> all;

    private PrometheusParameters(IReadOnlyList<KeyValuePair<string, StringValues>> all) => this.all = all;

    /// <exception cref="PrometheusRefusal">The body is no form although it says so.</exception>
    public static async Task<PrometheusParameters> ReadAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!HttpMethods.IsPost(context.Request.Method) || !context.Request.HasFormContentType)
        {
            return new([.. query]);
        }
        try
        {
            return new([.. await context.Request.ReadFormAsync(context.RequestAborted), .. query]);
        }
        catch (Exception exception) when (exception is InvalidDataException or BadHttpRequestException or IOException)
        {
            throw PrometheusRefusal.BadData($"error parsing form values: {exception.Message}");
        }
    }

    /// <summary>The first value; null when there is none.</summary>
    public string? One(string key)
    {
        foreach (var pair in all)
        {
            // Keys that differ in case are different parameters to Prometheus.
            if (pair.Key == key && pair.Value.Count > 0)
            {
                return pair.Value[0];
            }
        }
        return null;
    }

    public IReadOnlyList<string> All(string key) =>
        [.. all.Where(pair => pair.Key == key).SelectMany(pair => pair.Value.ToArray()).OfType<string>()];

    /// <summary>A moment in Unix seconds.</summary>
    /// <exception cref="PrometheusRefusal">It is none.</exception>
    public double? Time(string key, bool required = false) =>
        One(key) is not { } text && !required ? null
        : One(key) is { Length: 0 } && !required ? null
        : PrometheusTime.Read(One(key))
            ?? throw PrometheusRefusal.BadParameter(key, $"cannot parse \"{One(key)}\" to a valid timestamp");

    /// <summary>A length of time in seconds.</summary>
    /// <exception cref="PrometheusRefusal">It is none.</exception>
    public double? Duration(string key, bool required = false) =>
        string.IsNullOrEmpty(One(key)) && !required
            ? null
            : PrometheusTime.ReadDuration(One(key))
                ?? throw PrometheusRefusal.BadParameter(key, $"cannot parse \"{One(key)}\" to a valid duration");
}
