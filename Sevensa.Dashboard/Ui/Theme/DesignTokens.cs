using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Ui.Theme;

/// <summary>
/// The values of <c>tokens.css</c>, which is embedded in the program: the one place where a colour is named serves the
/// style sheet and the MudBlazor theme alike.
/// </summary>
public sealed partial class DesignTokens
{
    private readonly Dictionary<string, string> _values;

    private DesignTokens(Dictionary<string, string> values) => _values = values;

    public string this[string name] =>
        _values.TryGetValue(name, out var value)
            ? value
            : throw new KeyNotFoundException($"tokens.css names no --{name}.");

    public static DesignTokens Dark { get; } = new(Read(":root"));

    public static DesignTokens Light { get; } = new(Merge(Read(":root"), Read("[data-theme=\"light\"]")));

    private static Dictionary<string, string> Merge(Dictionary<string, string> under, Dictionary<string, string> over)
    {
        foreach (var (name, value) in over)
            under[name] = value;
        return under;
    }

    private static Dictionary<string, string> Read(string selector)
    {
        using var stream = typeof(DesignTokens).Assembly.GetManifestResourceStream("tokens.css")!;
        using var reader = new StreamReader(stream);
        var css = reader.ReadToEnd();
        var start = css.IndexOf(selector + " {", StringComparison.Ordinal);
        var end = css.IndexOf('}', start);
        return Declaration()
            .Matches(css[start..end])
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value.Trim());
    }

    [GeneratedRegex(@"--(?<name>[a-z0-9-]+):(?<value>[^;}]+)")]
    private static partial Regex Declaration();
}
