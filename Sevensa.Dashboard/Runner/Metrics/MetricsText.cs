using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.Runner.Metrics;

/// <summary>Prometheus' text exposition format, version 0.0.4: families with HELP and TYPE, escaped labels.</summary>
internal sealed class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new(16 * 1024);

    public void Family(string name, string type, string help) =>
        text.Append("# HELP ")
            .Append(name)
            .Append(' ')
            .Append(help.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal))
            .Append("\n# TYPE ")
            .Append(name)
            .Append(' ')
            .Append(type)
            .Append('\n');

    public void Sample(string name, IEnumerable<KeyValuePair<string, string>> labels, double value)
    {
        text.Append(name);
        var first = true;
        foreach (var (label, content) in labels)
        {
            text.Append(first ? '{' : ',').Append(label).Append("=\"");
            first = false;
            foreach (var character in content)
            {
                _ = character switch
                {
                    '\\' => text.Append(@"\\"),
                    '"' => text.Append("\\\""),
                    '\n' => text.Append(@"\n"),
                    _ => text.Append(character),
                };
            }
            text.Append('"');
        }
        text.Append(first ? " " : "} ").Append(Number(value)).Append('\n');
    }

    /// <summary>A label's name out of anything: what is not allowed in one becomes <c>_</c>.</summary>
    public static string LabelName(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_'));

    public override string ToString() => text.ToString();

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
