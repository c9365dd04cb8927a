using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Playbooks;

/// <summary>The console's command that asks a playbook: <c>/playbook rentguy/restart-worker service=worker note="a b"</c>.</summary>
internal static partial class PlaybookCommand
{
    private const string Word = "/playbook";

    /// <summary>"/pl" is no other command's beginning.</summary>
    private const int Shortest = 3;

    public static string Of(string tenant, string name, IReadOnlyDictionary<string, string> values) =>
        string.Join(
            ' ',
            values
                .Select(one => $"{one.Key}={(one.Value.AsSpan().ContainsAny(" \"") ? Quoted(one.Value) : one.Value)}")
                .Prepend($"{Word} {tenant}/{name}")
        );

    /// <summary>What is behind the command, or behind its beginning as other commands are shortened; null when the text is another.</summary>
    public static string? Behind(string text)
    {
        var said = text.Trim();
        var word = said.Split((char[]?)null, 2)[0];
        return word.Length >= Shortest && Word.StartsWith(word, StringComparison.OrdinalIgnoreCase)
            ? said[word.Length..].Trim()
            : null;
    }

    /// <exception cref="UnfitPlaybookException">It names no playbook, or gives a value in a way that can't be read.</exception>
    public static (string Tenant, string Name, IReadOnlyDictionary<string, string> Values) Read(string behind)
    {
        var named = Named().Match(behind);
        var values = new Dictionary<string, string>();
        if (!named.Success)
        {
            throw new UnfitPlaybookException(
                "Say which, by tenant and name, and give its parameters: /playbook rentguy/restart-worker service=worker. The playbooks of a tenant are on its page Playbooks."
            );
        }
        var rest = behind[named.Length..];
        foreach (Match match in Value().Matches(rest))
        {
            values[match.Groups["name"].Value] = match.Groups["quoted"].Success
                ? match.Groups["quoted"].Value.Replace("\\\"", "\"", StringComparison.Ordinal)
                : match.Groups["plain"].Value;
        }
        var left = Value().Replace(rest, " ").Trim();
        return left.Length == 0
            ? (named.Groups["tenant"].Value, named.Groups["name"].Value, values)
            : throw new UnfitPlaybookException(
                $"\"{left}\" is no parameter: give each as name=value, with quotes around a value with blanks."
            );
    }

    private static string Quoted(string value) => $"\"{value.Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    [GeneratedRegex(@"^(?<tenant>[a-z0-9-]+)[/ ](?<name>[a-z0-9-]+)(?=\s|$)")]
    private static partial Regex Named();

    [GeneratedRegex(
        "(?<=\\s|^)(?<name>[a-z][a-z0-9-]*)=(?:\"(?<quoted>(?:[^\"\\\\]|\\\\.)*)\"|(?<plain>[^\\s\"]+))(?=\\s|$)"
    )]
    private static partial Regex Value();
}
