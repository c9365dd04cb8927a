using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>
/// What this host allows, from a YAML file on the host. It only narrows, and the dashboard can neither see past it nor change it.
/// What is left out allows everything.
/// </summary>
internal sealed partial class LocalPolicy
{
    /// <summary>Kinds of action, e.g. <c>container.restart</c>.</summary>
    public List<string>? Kinds { get; set; }

    /// <summary>Tenants whose containers may be touched.</summary>
    public List<string>? Tenants { get; set; }

    /// <summary>Labels that a container must carry, with these values.</summary>
    public Dictionary<string, string>? Labels { get; set; }

    /// <summary>Images whose containers may be touched; <c>*</c> stands for anything.</summary>
    public List<string>? Images { get; set; }

    /// <summary>When actions may begin: <c>07:00-22:00</c>, <c>Mon-Fri 07:00-22:00</c>, <c>Sat 10:00-12:00</c>.</summary>
    public List<string>? Hours { get; set; }

    /// <summary>Zone of <see cref="Hours"/>; UTC when left out.</summary>
    public string? TimeZone { get; set; }

    /// <exception cref="FormatException">It can't be read; the message says where and why.</exception>
    public static LocalPolicy Parse(string yaml)
    {
        LocalPolicy policy;
        try
        {
            var text = new YamlStream();
            text.Load(new StringReader(yaml));
            policy = text.Documents.Count == 0 ? new LocalPolicy() : Read(text.Documents[0].RootNode);
        }
        catch (YamlException exception)
        {
            throw new FormatException($"line {exception.Start.Line}: {exception.Message.TrimEnd('.')}", exception);
        }
        // The library's own, for some lists and quotes that are not closed.
        catch (InvalidOperationException exception)
        {
            throw new FormatException("it is not YAML: a bracket or a quote may not be closed", exception);
        }
        policy.Hours?.ForEach(span => Window.Parse(span));
        _ = policy.Zone;
        return policy;
    }

    private static LocalPolicy Read(YamlNode root)
    {
        var policy = new LocalPolicy();
        if (IsNothing(root))
        {
            return policy;
        }
        foreach (var (key, value) in Members(root))
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                throw Strange(key);
            }
            switch (name)
            {
                case "kinds":
                    policy.Kinds = Words(value);
                    break;
                case "tenants":
                    policy.Tenants = Words(value);
                    break;
                case "labels":
                    policy.Labels = IsNothing(value)
                        ? null
                        : Members(value).ToDictionary(label => Word(label.Key), label => Word(label.Value));
                    break;
                case "images":
                    policy.Images = Words(value);
                    break;
                case "hours":
                    policy.Hours = Words(value);
                    break;
                case "timeZone":
                    policy.TimeZone = IsNothing(value) ? null : Word(value);
                    break;
                default:
                    throw new YamlException(key.Start, key.End, $"there is no setting '{name}'");
            }
        }
        return policy;
    }

    private static IEnumerable<KeyValuePair<YamlNode, YamlNode>> Members(YamlNode node) =>
        node is YamlMappingNode mapping ? mapping.Children : throw Strange(node);

    private static List<string>? Words(YamlNode node) =>
        IsNothing(node) ? null
        : node is YamlSequenceNode list ? [.. list.Select(Word)]
        : throw Strange(node);

    private static string Word(YamlNode node) =>
        node is YamlScalarNode { Value: { } word } && !IsNothing(node) ? word : throw Strange(node);

    /// <summary>As if the setting were not there.</summary>
    private static bool IsNothing(YamlNode node) =>
        node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static YamlException Strange(YamlNode node) =>
        new(node.Start, node.End, "it has a value that the setting can't take");

    /// <summary>Null when the file can be read.</summary>
    public static string? Trouble(string file)
    {
        try
        {
            Parse(File.ReadAllText(file));
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            return $"{file}: {exception.Message}";
        }
    }

    public bool AllowsKind(string kind) => Kinds is null || Kinds.Contains(kind, StringComparer.Ordinal);

    public bool AllowsTenant(string? tenant) =>
        Tenants is null || (tenant is not null && Tenants.Contains(tenant, StringComparer.Ordinal));

    public bool AllowsImage(string image) =>
        Images is null
        || Images.Any(pattern =>
            Regex.IsMatch(
                image,
                $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$",
                RegexOptions.CultureInvariant
            )
        );

    /// <summary>The first label that is asked for and not there; null when all are.</summary>
    public string? MissingLabel(IReadOnlyDictionary<string, string> labels) =>
        Labels
            ?.Where(wanted => !labels.TryGetValue(wanted.Key, out var value) || value != wanted.Value)
            .Select(wanted => $"{wanted.Key}={wanted.Value}")
            .FirstOrDefault();

    public bool AllowsTime(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Zone);
        return Hours is null || Hours.Any(span => Window.Parse(span).Holds(local));
    }

    private TimeZoneInfo Zone
    {
        get
        {
            if (string.IsNullOrEmpty(TimeZone))
            {
                return TimeZoneInfo.Utc;
            }
            return TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out var zone)
                ? zone
                : throw new FormatException($"timeZone: there is no zone \"{TimeZone}\" on this host");
        }
    }

    private sealed partial record Window(int FirstDay, int LastDay, TimeSpan From, TimeSpan Until)
    {
        private static readonly string[] Days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

        public static Window Parse(string text)
        {
            var match = Form().Match(text.Trim());
            if (!match.Success)
            {
                throw new FormatException($"hours: \"{text}\" is not like \"Mon-Fri 07:00-22:00\" or \"07:00-22:00\"");
            }
            var first = match.Groups["first"] is { Success: true } day ? Day(day.Value) : 0;
            var last =
                match.Groups["last"] is { Success: true } end ? Day(end.Value)
                : match.Groups["first"].Success ? first
                : 6;
            return new Window(first, last, Time(match.Groups["from"].Value), Time(match.Groups["until"].Value));

            int Day(string name) =>
                Array.FindIndex(Days, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));

            TimeSpan Time(string value) =>
                value == "24:00" ? TimeSpan.FromDays(1)
                : TimeSpan.TryParseExact(value, "hh\\:mm", CultureInfo.InvariantCulture, out var time) ? time
                : throw new FormatException($"hours: \"{value}\" in \"{text}\" is not a time of day");
        }

        /// <summary>A window past midnight belongs to the day it begins on.</summary>
        public bool Holds(DateTimeOffset local)
        {
            var time = local.TimeOfDay;
            if (From <= Until)
            {
                return OnDay(local.DayOfWeek) && time >= From && time < Until;
            }
            return (OnDay(local.DayOfWeek) && time >= From) || (OnDay(local.AddDays(-1).DayOfWeek) && time < Until);
        }

        private bool OnDay(DayOfWeek day)
        {
            var index = ((int)day + 6) % 7;
            return FirstDay <= LastDay ? index >= FirstDay && index <= LastDay : index >= FirstDay || index <= LastDay;
        }

        [GeneratedRegex(
            "^((?<first>mon|tue|wed|thu|fri|sat|sun)(-(?<last>mon|tue|wed|thu|fri|sat|sun))?\\s+)?(?<from>\\d\\d:\\d\\d)-(?<until>\\d\\d:\\d\\d)$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
        )]
        private static partial Regex Form();
    }
}
