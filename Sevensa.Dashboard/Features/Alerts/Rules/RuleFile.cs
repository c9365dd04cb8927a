using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

/// <summary>A rule as it stands in a rule file.</summary>
internal sealed class FiledRule
{
    public string Alert { get; set; } = "";
    public string Expr { get; set; } = "";
    public string? For { get; set; }
    public string? KeepFiringFor { get; set; }
    public Dictionary<string, string>? Labels { get; set; }
    public Dictionary<string, string>? Annotations { get; set; }
}

internal sealed class FiledGroup
{
    public string Name { get; set; } = "";
    public string? Interval { get; set; }
    public List<FiledRule> Rules { get; set; } = [];
}

internal sealed class FiledGroups
{
    public List<FiledGroup> Groups { get; set; } = [];
}

/// <param name="Text">Null when there is no file.</param>
/// <param name="Hash">SHA-256 (hex) of the text, or <c>absent</c>.</param>
internal sealed record FiledRules(string Path, string? Text, string Hash, IReadOnlyList<FiledRule> Rules);

/// <summary>The rule files that the dashboard writes and Prometheus loads: one for each tenant, with one group.</summary>
internal sealed partial class RuleFiles(IOptions<AlertsOptions> options)
{
    public const string Absent = "absent";
    private const int MostRules = 500;

    private static readonly ISerializer Writer = new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull | DefaultValuesHandling.OmitEmptyCollections)
        .WithQuotingNecessaryStrings()
        .DisableAliases()
        .Build();

    private static readonly IDeserializer Reader = new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance)
        .WithDuplicateKeyChecking()
        .Build();

    public bool IsConfigured => !string.IsNullOrWhiteSpace(options.Value.RuleFolder);

    public static string GroupOf(string tenant) => $"sevensa-{tenant}";

    public static string FileOf(string tenant) => $"sevensa-{tenant}.yml";

    /// <exception cref="UnfitRuleException">There is no folder, or what is in the file can't be read.</exception>
    public async Task<FiledRules> ReadAsync(string tenant, CancellationToken cancellation)
    {
        var path = PathOf(tenant);
        string text;
        try
        {
            if (!File.Exists(path))
            {
                return new FiledRules(path, null, Absent, []);
            }
            text = await File.ReadAllTextAsync(path, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnfitRuleException($"{Path.GetFileName(path)} can't be read: {exception.Message}");
        }
        return new FiledRules(path, text, Hash(text), Parse(path, text));
    }

    /// <summary>The file's text with one rule put in, in place of the one of that name, or taken out (null).</summary>
    public static string With(string tenant, IReadOnlyList<FiledRule> before, string name, FiledRule? rule)
    {
        var rules = before.Where(known => known.Alert != name).ToList();
        if (rule is not null)
        {
            rules.Add(rule);
        }
        if (rules.Count > MostRules)
        {
            throw new UnfitRuleException($"{tenant} has {MostRules} rules already. Remove some first.");
        }
        rules.Sort((a, b) => string.CompareOrdinal(a.Alert, b.Alert));
        var groups = new FiledGroups();
        if (rules.Count > 0)
        {
            groups.Groups.Add(new FiledGroup { Name = GroupOf(tenant), Rules = rules });
        }
        return $"# Rules of {tenant}, saved in Sevensa Dashboard. They are changed there, through approval.\n"
            + (rules.Count > 0 ? Writer.Serialize(groups).ReplaceLineEndings("\n") : "groups: []\n");
    }

    public static FiledRule Of(CheckedRule rule) =>
        new()
        {
            Alert = rule.Name,
            Expr = rule.Query.Text,
            For = rule.ForSpan == TimeSpan.Zero ? null : rule.For,
            KeepFiringFor = rule.KeepFiringFor,
            Labels = new Dictionary<string, string>(rule.Labels),
            Annotations = rule.Annotations.Count > 0 ? new Dictionary<string, string>(rule.Annotations) : null,
        };

    /// <summary>One rule alone, as it stands in the file.</summary>
    public static string Yaml(FiledRule rule) => Writer.Serialize(rule).ReplaceLineEndings("\n").TrimEnd();

    /// <summary>Puts a text in the file's place at once, so that Prometheus never reads half of it; null removes the file.</summary>
    public async Task WriteAsync(string tenant, string? text, CancellationToken cancellation)
    {
        var path = PathOf(tenant);
        if (text is null)
        {
            File.Delete(path);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Not *.yml, so that it is no rule file of its own meanwhile.
        var beside = $"{path}.{Guid.NewGuid():n}.new";
        try
        {
            await using (var file = new FileStream(beside, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
                file.Flush(flushToDisk: true);
            }
            if (!OperatingSystem.IsWindows())
            {
                // Prometheus is another user.
                File.SetUnixFileMode(
                    beside,
                    UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead
                );
            }
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    public static string Hash(string? text) =>
        text is null ? Absent : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static IReadOnlyList<FiledRule> Parse(string path, string text)
    {
        try
        {
            return [.. (Reader.Deserialize<FiledGroups>(text)?.Groups ?? []).SelectMany(group => group.Rules ?? [])];
        }
        catch (YamlException exception)
        {
            throw new UnfitRuleException(
                $"{Path.GetFileName(path)} was changed by hand and can't be read, line {exception.Start.Line}: {exception.InnerException?.Message ?? exception.Message}"
            );
        }
    }

    private string PathOf(string tenant)
    {
        if (!IsConfigured)
        {
            throw new UnfitRuleException(
                "There is no folder for rule files. Set Alerts:RuleFolder to a folder that Prometheus' rule_files names."
            );
        }
        return TenantId().IsMatch(tenant)
            ? Path.Combine(options.Value.RuleFolder!, FileOf(tenant))
            : throw new UnfitRuleException($"\"{tenant}\" can't be part of a file's name.");
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9_-]{0,62}$")]
    private static partial Regex TenantId();
}
