using System.Text.RegularExpressions;
using Npgsql;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>The settings that the program ran with, for whoever has to set up another place; without what is a secret of this one.</summary>
internal sealed partial class NotedSettings(IConfiguration configuration, IEnumerable<CheckedSection> sections)
{
    /// <summary>Every setting of the program's own sections by its key; what may be a secret has none of its value.</summary>
    public SortedDictionary<string, string> Read(out IReadOnlyList<string> secrets, out IReadOnlyList<string> files)
    {
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var (hidden, named) = (
            new SortedSet<string>(StringComparer.Ordinal),
            new SortedSet<string>(StringComparer.Ordinal)
        );
        foreach (var section in sections.Select(one => one.Name).Distinct(StringComparer.Ordinal))
        {
            foreach (var (key, value) in configuration.GetSection(section).AsEnumerable())
            {
                if (string.IsNullOrEmpty(value))
                {
                    continue;
                }
                var shown = Shown(key, value);
                settings[key] = shown;
                if (shown != value)
                {
                    hidden.Add(key);
                }
                if (key.EndsWith("File", StringComparison.OrdinalIgnoreCase))
                {
                    named.Add(key);
                }
            }
        }
        (secrets, files) = ([.. hidden], [.. named]);
        return settings;
    }

    private static string Shown(string key, string value)
    {
        const string Nothing = "(left out)";
        if (key.Equals("Storage:Postgres", StringComparison.OrdinalIgnoreCase))
        {
            return WithoutPassword(value) ?? Nothing;
        }
        var word = key[(key.LastIndexOf(':') + 1)..];
        // Of a list (Key:0) the name is before the number.
        if (int.TryParse(word, out _) && key.Split(':') is [.., var list, _])
        {
            word = list;
        }
        if (SecretWord().IsMatch(word))
        {
            return Nothing;
        }
        return Signed().Replace(value, "$1(left out)@");
    }

    private static string? WithoutPassword(string value)
    {
        try
        {
            var read = new NpgsqlConnectionStringBuilder(value);
            foreach (var key in (string[])["Password", "SSL Password", "Passfile"])
            {
                read.Remove(key);
            }
            return read.ToString();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A key whose value is a secret itself, not a file or a path that holds one, nor how many or how long.</summary>
    [GeneratedRegex(
        "(password|passphrase|secret|token|apikey|credential|privatekey|webhookurl)$",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SecretWord();

    /// <summary>An address that somebody signs in by.</summary>
    [GeneratedRegex("^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/@\\s]*@")]
    private static partial Regex Signed();
}
