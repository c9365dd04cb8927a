using System.Globalization;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Rule files of a folder, as the stand-in read them at its start and at every reload.</summary>
internal sealed class LoadedRules(string? folder, SimulatedFleet fleet, CurrentMetrics metrics)
{
    private const double Interval = 30;
    private const int MostSteps = 240;
    private volatile IReadOnlyList<LoadedRule> _rules = [];

    public IReadOnlyList<LoadedRule> All => _rules;

    /// <summary>Null when all could be read; else what was wrong, and what was loaded before stays.</summary>
    public string? Reload()
    {
        if (folder is null || !Directory.Exists(folder))
        {
            _rules = [];
            return null;
        }
        try
        {
            _rules = [.. Directory.GetFiles(folder, "*.yml").Order(StringComparer.Ordinal).SelectMany(Read)];
            return null;
        }
        catch (Exception e) when (e is YamlException or PromQlException or FormatException or IOException)
        {
            return $"failed to reload config: one or more errors occurred while applying the new configuration ({e.Message})";
        }
    }

    /// <summary>Pending and firing alerts of one rule now.</summary>
    public IReadOnlyList<FleetAlert> AlertsOf(LoadedRule rule)
    {
        var now = Math.Floor(fleet.Now / Interval) * Interval;
        var count = Math.Min(MostSteps, (int)(rule.Rule.ForSeconds / Interval) + 2);
        var steps = new Steps(now - (count * Interval), now, Interval);
        var found = new Evaluator(new SampleSource(metrics.Get(), fleet.Origin, fleet.Now), steps).Evaluate(rule.Expr);
        var alerts = new List<FleetAlert>();
        foreach (var column in (found as VectorResult)?.Columns ?? [])
        {
            var last = column.Values.Length - 1;
            if (Absent.Is(column.Values[last]))
            {
                continue;
            }
            var first = last;
            while (first > 0 && !Absent.Is(column.Values[first - 1]))
            {
                first--;
            }
            var since = steps.At(first);
            var labels = column.Labels.Without("__name__");
            foreach (var (name, value) in rule.Labels)
            {
                labels = labels.With(name, value);
            }
            alerts.Add(
                new FleetAlert(
                    rule.Rule,
                    labels.With("alertname", rule.Rule.Name),
                    now - since >= rule.Rule.ForSeconds ? "firing" : "pending",
                    since,
                    column.Values[last]
                )
            );
        }
        return alerts;
    }

    private static IEnumerable<LoadedRule> Read(string file)
    {
        var read = new DeserializerBuilder()
            .WithNamingConvention(UnderscoredNamingConvention.Instance)
            .Build()
            .Deserialize<FileOfGroups>(File.ReadAllText(file));
        return (read?.Groups ?? []).SelectMany(group =>
            group.Rules.Select(rule => new LoadedRule(
                group.Name,
                file,
                new AlertRule(
                    rule.Alert,
                    rule.Expr,
                    Seconds(rule.For),
                    rule.Labels.GetValueOrDefault("severity", ""),
                    rule.Annotations.GetValueOrDefault("summary", ""),
                    _ => [],
                    _ => false
                ),
                rule.Labels,
                rule.Annotations,
                PromQlParser.Parse(rule.Expr)
            ))
        );
    }

    private static double Seconds(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return 0;
        }
        var (seconds, digits) = (0.0, "");
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                digits += c;
                continue;
            }
            seconds +=
                (digits.Length > 0 ? double.Parse(digits, CultureInfo.InvariantCulture) : 0)
                * c switch
                {
                    'w' => 604_800,
                    'd' => 86_400,
                    'h' => 3600,
                    'm' => 60,
                    's' => 1,
                    _ => throw new FormatException($"not a valid duration string: \"{text}\""),
                };
            digits = "";
        }
        return seconds;
    }

    private sealed class FileOfGroups
    {
        public List<GroupInFile> Groups { get; set; } = [];
    }

    private sealed class GroupInFile
    {
        public string Name { get; set; } = "";
        public string? Interval { get; set; }
        public List<RuleInFile> Rules { get; set; } = [];
    }

    private sealed class RuleInFile
    {
        public string Alert { get; set; } = "";
        public string Expr { get; set; } = "";
        public string? For { get; set; }
        public string? KeepFiringFor { get; set; }
        public Dictionary<string, string> Labels { get; set; } = [];
        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}

internal sealed record LoadedRule(
    string Group,
    string File,
    AlertRule Rule,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Annotations,
    Expr Expr
);
