using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// One more file of a secret, made of its keys: a connection string for programs that want the login in one piece. In its text
/// <c>{password}</c> is the key's value as it is, <c>{password|url}</c> as it is written in an address.
/// </summary>
internal sealed partial record SecretTemplate(HandedSecret Secret, string File, string Text)
{
    /// <param name="text">Secret, name of the file and text, with blanks between them.</param>
    /// <param name="handed">What this host hands out.</param>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static SecretTemplate Parse(string text, IReadOnlyList<HandedSecret> handed)
    {
        if (text.Trim().Split(' ', 3, StringSplitOptions.RemoveEmptyEntries) is not [var path, var file, var template])
        {
            throw new FormatException(
                $"\"{text}\" is not a secret, the name of a file and its text (rentguy/api/database url postgresql://{{username|url}}:{{password|url}}@db/rentguy)"
            );
        }
        if (handed.FirstOrDefault(one => one.Full == path) is not { } secret)
        {
            throw new FormatException($"{path} is none of the secrets that are handed out here (Runner:Secrets)");
        }
        return SecretMounts.IsPlain(file)
            ? new SecretTemplate(secret, file, template)
            : throw new FormatException($"\"{file}\" can't be the name of a file");
    }

    /// <summary>Null where the secret has not got a key that it names.</summary>
    public string? Of(IReadOnlyDictionary<string, string> values)
    {
        var whole = true;
        var made = Keys()
            .Replace(
                Text,
                found =>
                {
                    whole &= values.TryGetValue(found.Groups["key"].Value, out var value);
                    return found.Groups["url"].Success ? Uri.EscapeDataString(value ?? "") : value ?? "";
                }
            );
        return whole ? made : null;
    }

    [GeneratedRegex(@"\{(?<key>[A-Za-z0-9_-][A-Za-z0-9_.-]*)(?<url>\|url)?\}")]
    private static partial Regex Keys();
}
