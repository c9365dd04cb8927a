using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>A change of what runs that an operator's sentence asks for: kind of action, target and parameters.</summary>
/// <param name="Service">Empty when the target is something else, or the service is to be found by its image.</param>
/// <param name="When">Of a rollback: the time, in the operator's own words.</param>
internal sealed partial record ReleaseWish(
    string Kind,
    string Target,
    string Service,
    JsonObject Parameters,
    string When = "",
    string Image = ""
)
{
    private const string Please = @"^(?:please |can you |could you |would you )?";

    public static ReleaseWish? Read(string question, Intent intent)
    {
        var text = Negated().Replace(Spaces().Replace(question.Trim(), " "), " ").Trim();
        return Rollback(text, intent)
            ?? Deploy(text, intent)
            ?? Harden(text, intent)
            ?? Unexpose(text, intent)
            ?? Resources(text, intent)
            ?? Network(text, intent)
            ?? Volume(text)
            ?? Images(text, intent);
    }

    private static ReleaseWish? Rollback(string text, Intent intent)
    {
        if (Asks().IsMatch(text) || !(RollsBack().IsMatch(text) || intent.Kind == IntentKind.Rollback))
        {
            return null;
        }
        var when =
            To().Match(text) is { Success: true } to ? to.Groups["when"].Value
            : StateOf().Match(text) is { Success: true } state ? state.Groups["when"].Value
            : "before the last deploy";
        when = Courtesy().Replace(when, "").Trim(' ', '.', '!', '?', '"', ',');
        return intent.Service.Length > 0
            ? new ReleaseWish("service.rollback", intent.Service, intent.Service, new() { ["to"] = when }, when)
            : new ReleaseWish("tenant.rollback", intent.Tenant, "", new() { ["to"] = when }, when);
    }

    private static ReleaseWish? Deploy(string text, Intent intent)
    {
        if (!Deploys().IsMatch(text))
        {
            return null;
        }
        var image =
            Reference().Match(text) is { Success: true } found ? found.Value
            : Tag().Match(text) is { Success: true } tag ? tag.Groups["tag"].Value
            : "";
        return image.Length == 0
            ? null
            : new ReleaseWish(
                "service.deploy",
                intent.Service,
                intent.Service,
                new() { ["image"] = image },
                Image: image
            );
    }

    private static ReleaseWish? Harden(string text, Intent intent) =>
        Hardens().IsMatch(text) && intent.Service.Length > 0
            ? new ReleaseWish(
                "service.harden",
                intent.Service,
                intent.Service,
                new()
                {
                    ["items"] = new JsonArray([
                        .. CheckNumber()
                            .Matches(text)
                            .Select(found => found.Value)
                            // Of one that names none: what costs an application the least.
                            .DefaultIfEmpty("5.26")
                            .Distinct()
                            .Select(number => (JsonNode)number),
                    ]),
                }
            )
            : null;

    private static ReleaseWish? Unexpose(string text, Intent intent) =>
        Unexposes().Match(text) is { Success: true } found && intent.Service.Length > 0
            ? new ReleaseWish(
                "secret.unexpose",
                intent.Service,
                intent.Service,
                new() { ["variable"] = found.Groups["variable"].Value }
            )
            : null;

    private static ReleaseWish? Resources(string text, Intent intent)
    {
        if (!Gives().IsMatch(text) || intent.Service.Length == 0)
        {
            return null;
        }
        var parameters = new JsonObject();
        if (Memory().Match(text) is { Success: true } memory)
        {
            var amount = Number(memory.Groups["n"].Value);
            parameters["memoryMiB"] = (long)
                Math.Round(char.ToLowerInvariant(memory.Groups["unit"].Value[0]) == 'g' ? amount * 1024 : amount);
        }
        if (Processors().Match(text) is { Success: true } processors)
        {
            parameters["cpus"] = Number(processors.Groups["n"].Value);
        }
        return parameters.Count == 0
            ? null
            : new ReleaseWish("container.resources", intent.Service, intent.Service, parameters);
    }

    private static ReleaseWish? Network(string text, Intent intent) =>
        Connects().Match(text) is { Success: true } found && intent.Service.Length > 0
            ? new ReleaseWish(
                found.Groups["verb"].Value.StartsWith('d') || found.Groups["verb"].Value.StartsWith('D')
                    ? "network.disconnect"
                    : "network.connect",
                intent.Service,
                intent.Service,
                new() { ["network"] = found.Groups["network"].Value }
            )
            : null;

    private static ReleaseWish? Volume(string text) =>
        Snapshots().IsMatch(text) && VolumeName().Match(text) is { Success: true } taken
            ? new ReleaseWish("volume.snapshot", taken.Value, "", [])
        : Restores().IsMatch(text) && VolumeName().Match(text) is { Success: true } restored
            ? new ReleaseWish("volume.restore", restored.Value, "", [])
        : null;

    private static ReleaseWish? Images(string text, Intent intent)
    {
        var host = Host().Match(text) is { Success: true } on ? on.Groups["host"].Value : "";
        JsonObject parameters = host.Length > 0 ? new() { ["host"] = host } : [];
        return Pulls().IsMatch(text) && Reference().Match(text) is { Success: true } pulled
                ? new ReleaseWish("image.pull", pulled.Value, "", parameters)
            : Prunes().IsMatch(text)
                ? new ReleaseWish(
                    "image.prune",
                    Reference().Match(text) is { Success: true } one ? one.Value : "unused",
                    "",
                    parameters
                )
            : null;
    }

    private static double Number(string text) =>
        text switch
        {
            "one" or "a" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "half a" => 0.5,
            _ => double.Parse(text.Replace(',', '.'), CultureInfo.InvariantCulture),
        };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(
        @"\b(?:do not|don't|never|without|niet) (?:\w+ )?(?:roll(?:ing)? back|rollback|deploy(?:ing)?|scal(?:e|ing)|connect(?:ing)?|disconnect(?:ing)?|restor(?:e|ing)|prun(?:e|ing)|pull(?:ing)?|harden(?:ing)?|give|set)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Negated();

    [GeneratedRegex(
        @"\broll(?:ed)? ?(?:[\w-]+ ){0,4}back\b|\brollback\b|\bterugdraaien\b|\bdraai\b.*\bterug\b|\b(?:bring|put|get)\b.{1,40}\bback to\b|\brevert\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex RollsBack();

    /// <summary>About a rollback, not for one.</summary>
    [GeneratedRegex(@"^(?:was|were|has|have|did|when|why|who|what|which|how|is)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Asks();

    [GeneratedRegex(
        @"\b(?:back to|to|naar|as (?:it was|of)(?: (?:on|at))?) (?<when>(?:(?:release|version|the (?:previous|state|day)|yesterday|today|gisteren|eergisteren|before|last |the|mon|tue|wed|thu|fri|sat|sun|\d|v\d|an? |one|two|three|four|five|six|seven).*))$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex To();

    [GeneratedRegex(
        @"\b(?<when>yesterday(?:'s state)?(?: (?:at )?\d{1,2}[:\d]*(?: ?[ap]m)?)?|(?:to )?(?:before )?the (?:last|previous) (?:deploy|deployment|release|version)|previous (?:version|release)|\w+ (?:minutes?|hours?|days?|weeks?) ago|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: \d{1,2}:\d{2})?)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex StateOf();

    [GeneratedRegex(@",? ?\b(?:please|now|right away|asap)\b[ .!?]*$", RegexOptions.IgnoreCase)]
    private static partial Regex Courtesy();

    [GeneratedRegex(Please + @"(?:deploy|roll out|ship|release|uitrollen)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Deploys();

    /// <summary>repo:tag (the registry perhaps with a port), repo@sha256:… or sha256:…</summary>
    [GeneratedRegex(
        @"\b(?:[a-z0-9][a-z0-9._/-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9_])?@)?sha256:[0-9a-f]{64}\b|\b[a-z0-9][a-z0-9._-]*(?::\d+(?=/))?(?:/[a-z0-9._-]+)*:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\b"
    )]
    private static partial Regex Reference();

    [GeneratedRegex(
        @"(?<=^|\s)(?<tag>v?\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)?)(?=$|[\s,!?]|\.$|\.\s)",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Tag();

    [GeneratedRegex(Please + @"(?:harden|verhard)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Hardens();

    /// <summary>A variable is written in capitals, and nothing else of the sentence is.</summary>
    [GeneratedRegex(@"\b(?i:take|get|move) (?<variable>[A-Z][A-Z0-9_]{2,}) out of\b.*\b(?i:environment|env)\b")]
    private static partial Regex Unexposes();

    /// <summary>An item of the benchmark, as posture names it.</summary>
    [GeneratedRegex(@"(?<![\d.])[45]\.\d{1,2}(?![\d.]*\d)")]
    private static partial Regex CheckNumber();

    [GeneratedRegex(Please + @"(?:give|set|limit|raise|lower|increase|reduce|allow|geef)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Gives();

    [GeneratedRegex(@"\b(?<n>\d+(?:[.,]\d+)?) ?(?<unit>mib|mb|m|gib|gb|g)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Memory();

    [GeneratedRegex(
        @"\b(?<n>\d+(?:[.,]\d+)?|one|a|two|three|four|half a) (?:cpus?|cores?|processors?)\b",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Processors();

    [GeneratedRegex(
        Please
            + @"(?<verb>connect|disconnect)\b.*\b(?:to|from) (?:the )?(?:network )?(?<network>[A-Za-z0-9][A-Za-z0-9_.-]*[A-Za-z0-9])(?: network)?[.!?]*$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Connects();

    [GeneratedRegex(@"\bsnapshot\b|\bback up the volume\b", RegexOptions.IgnoreCase)]
    private static partial Regex Snapshots();

    [GeneratedRegex(Please + @"restore\b", RegexOptions.IgnoreCase)]
    private static partial Regex Restores();

    [GeneratedRegex(@"\b[A-Za-z0-9][A-Za-z0-9-]*_[A-Za-z0-9_.-]*[A-Za-z0-9]\b")]
    private static partial Regex VolumeName();

    [GeneratedRegex(Please + @"pull\b", RegexOptions.IgnoreCase)]
    private static partial Regex Pulls();

    [GeneratedRegex(Please + @"(?:prune|clean up|remove)\b.*\bimages?\b", RegexOptions.IgnoreCase)]
    private static partial Regex Prunes();

    [GeneratedRegex(@"\bon (?<host>[a-z]+-?\d+)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Host();
}
