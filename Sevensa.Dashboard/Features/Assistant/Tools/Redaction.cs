using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Assistant.Tools;

/// <summary>
/// Takes out what is or looks like a secret before a text is given to a model: values that this program knows as secrets, known
/// formats, values behind a name that says what they are, and words that are too random to be anything else. Digests and ids of
/// hexadecimal digits stay.
/// </summary>
/// <param name="settings">Leads to the values that are known; null where none are.</param>
internal sealed partial class Redaction(SecretsInSettings? settings)
{
    /// <summary>Random words are at least so long.</summary>
    private const int RandomFrom = 24;

    /// <summary>Bits a letter; words of any language have less, random letters of 64 kinds about 4.5 at this length.</summary>
    private const double RandomBits = 3.9;

    /// <summary>Members under which others name their own: what is called a password there is one.</summary>
    private static readonly string[] Others = ["labels", "fields", "environment", "env", "metadata", "parameters"];

    /// <summary>Members that hold addresses and ids, which may look random.</summary>
    private static readonly string[] Ids = ["id", "line", "link", "next", "imageDigest", "image", "planHash"];

    /// <summary>
    /// Ids of those, in which no known value is looked for: with a part taken out they name nothing. In a link it is looked for
    /// behind the question mark only, where what somebody searched for stands.
    /// </summary>
    private static readonly string[] Exact = ["id", "next", "imageDigest", "image", "planHash"];

    /// <summary>The words of <see cref="Named"/>, spelt out.</summary>
    private static readonly SearchValues<string> Naming = SearchValues.Create(
        [
            "password",
            "passwd",
            "pwd",
            "secret",
            "token",
            "wachtwoord",
            "credential",
            "bearer",
            "basic",
            .. new[] { "api", "access", "private" }.SelectMany(word =>
                new[] { $"{word}key", $"{word}-key", $"{word}_key" }
            ),
        ],
        StringComparison.OrdinalIgnoreCase
    );

    /// <summary>By form alone, where no program's secrets are known.</summary>
    public static Redaction ByForm { get; } = new(null);

    /// <param name="sees">Whose values are taken out beside the program's own: who asks must not learn whether a guess was another's.</param>
    public string Of(string text, TenantSet sees) => Of(text, isId: false, Hiding(sees));

    private Func<string, string>? Hiding(TenantSet sees) =>
        settings?.Known() is { } known ? text => known.Hide(text, sees.Contains) : null;

    private static string Of(string text, bool isId, Func<string, string>? hide)
    {
        if (text.Length < 8)
        {
            return text;
        }
        try
        {
            text = hide?.Invoke(text) ?? text;
            text = Keys().Replace(text, "[redacted private key]");
            text = Formats().Replace(text, "[redacted token]");
            if (text.Contains("://", StringComparison.Ordinal))
            {
                text = InAddress().Replace(text, "$1[redacted]@");
            }
            if (MayName(text))
            {
                text = Named().Replace(text, "$1[redacted]");
            }
            return isId ? text : Words().Replace(text, word => IsRandom(word.Value) ? "[redacted]" : word.Value);
        }
        catch (RegexMatchTimeoutException)
        {
            return "[withheld: it could not be searched for secrets in time]";
        }
    }

    /// <summary>The same of every text inside.</summary>
    public JsonElement Of(JsonElement data, TenantSet sees)
    {
        if (JsonNode.Parse(data.GetRawText()) is not { } node)
        {
            return data;
        }
        return JsonSerializer.SerializeToElement(Clean(node, false, false, Hiding(sees)));
    }

    /// <summary>What is looked for in a member of our own.</summary>
    private static Func<string, string>? Within(string name, Func<string, string>? hide)
    {
        if (hide is null || Exact.Contains(name))
        {
            return null;
        }
        return name == "link" ? link => BehindMark(link, hide) : hide;
    }

    private static string BehindMark(string link, Func<string, string> hide)
    {
        var mark = link.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? link : link[..mark] + hide(link[mark..]);
    }

    private static JsonNode? Clean(JsonNode? node, bool isId, bool isOthers, Func<string, string>? hide)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, value) in members.ToList())
                {
                    if (value is JsonValue)
                    {
                        members[name] =
                            isOthers && SaysSecret().IsMatch(name)
                                ? JsonValue.Create("[redacted]")
                                : Clean(
                                    value,
                                    !isOthers && Ids.Contains(name),
                                    isOthers,
                                    isOthers ? hide : Within(name, hide)
                                );
                    }
                    else
                    {
                        Clean(value, isId: false, isOthers || Others.Contains(name), hide);
                    }
                }
                return members;
            case JsonArray items:
                for (var at = 0; at < items.Count; at++)
                {
                    if (items[at] is JsonValue)
                    {
                        items[at] = Clean(items[at], isId: false, isOthers, hide);
                    }
                    else
                    {
                        Clean(items[at], isId: false, isOthers, hide);
                    }
                }
                return items;
            case JsonValue value when value.TryGetValue<string>(out var text):
                return JsonValue.Create(Of(text, isId, hide));
            default:
                return node?.DeepClone();
        }
    }

    // A name is looked for from every letter on, which is most of what all of this costs; most texts hold none of the words.
    private static bool MayName(string text) => !Ascii.IsValid(text) || text.AsSpan().ContainsAny(Naming);

    private static bool IsRandom(string word)
    {
        if (
            word.Length < RandomFrom
            || word.All(char.IsAsciiHexDigit)
            || !word.Any(char.IsAsciiDigit)
            || !word.Any(char.IsAsciiLetterLower)
            || !word.Any(char.IsAsciiLetterUpper)
        )
        {
            return false;
        }
        var bits = word.GroupBy(letter => letter)
            .Select(group => group.Count() / (double)word.Length)
            .Sum(share => -share * Math.Log2(share));
        return bits >= RandomBits;
    }

    [GeneratedRegex(
        @"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        RegexOptions.Singleline,
        10_000
    )]
    private static partial Regex Keys();

    /// <summary>Of GitHub, GitLab, AWS, Slack, Google, Stripe, OpenAI, Vault, npm, Docker Hub; and JSON Web Tokens.</summary>
    [GeneratedRegex(
        @"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{16,}|hv[sbr]\.[A-Za-z0-9_-]{20,}|npm_[A-Za-z0-9]{30,}|dckr_pat_[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*)",
        RegexOptions.None,
        10_000
    )]
    private static partial Regex Formats();

    [GeneratedRegex(@"([a-z][a-z0-9+.-]*://[^\s:/@]*:)[^\s@/]+@", RegexOptions.IgnoreCase, 10_000)]
    private static partial Regex InAddress();

    [GeneratedRegex(
        @"((?:[\w-]{0,64}(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|wachtwoord|credential)[\w-]{0,64}""?\s*[=:]\s*""?|\b(?:bearer|basic)\s+))(?!\[redacted)[^\s"";,&'()]{4,}",
        RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex Named();

    [GeneratedRegex(
        @"password|passwd|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|wachtwoord|credential",
        RegexOptions.IgnoreCase,
        10_000
    )]
    private static partial Regex SaysSecret();

    [GeneratedRegex(@"[A-Za-z0-9+_=-]{24,}", RegexOptions.None, 10_000)]
    private static partial Regex Words();
}
