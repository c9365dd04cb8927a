namespace Sevensa.Dashboard.Features.Identity.Accounts.Passwords;

/// <summary>Whether somebody who guesses by the usual ways comes upon a password soon.</summary>
internal static class PasswordGuess
{
    /// <summary>So many characters around a common password make it none that is uncommon.</summary>
    private const int MostAround = 10;

    /// <summary>A name that is shorter stands in too many words.</summary>
    private const int ShortestName = 4;

    /// <summary>So much has to be left of a password beside a name.</summary>
    private const int LeastBeside = 8;

    private const string Again = "Choose another: a few words that nobody would say together are good.";

    /// <summary>Of keyboards, with those on which some letters change places.</summary>
    private static readonly string[] rows =
    [
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "1234567890",
        "qwertzuiop",
        "yxcvbnm",
        "azertyuiop",
    ];

    /// <summary>The program's own, which everybody knows who stands before its door.</summary>
    private static readonly string[] house = ["sevensa", "dashboard"];

    /// <returns>What is wrong with it, for who chose it; null when nothing is.</returns>
    public static string? Trouble(string password, params string?[] names)
    {
        var lower = password.ToLowerInvariant().Trim();
        foreach (var name in names)
        {
            if (IsMostly(lower, name?.Split('@')[0].ToLowerInvariant()))
            {
                return $"This password is hardly more than the name of its account. {Again}";
            }
        }
        if (house.Any(word => IsMostly(lower, word)))
        {
            return $"This password is hardly more than the name of this program. {Again}";
        }
        if (IsRow(lower))
        {
            return $"This password is keys or letters in their order, or one again and again. {Again}";
        }
        var guesses = GuessesOf(lower);
        return CommonPasswords.Any(guesses.Contains)
            ? $"This password is one of those that are tried first, with little around it. {Again}"
            : null;
    }

    private static bool IsMostly(string password, string? name) =>
        name is { Length: >= ShortestName }
        && password.Contains(name, StringComparison.Ordinal)
        && password.Replace(name, "", StringComparison.Ordinal).Count(char.IsLetter) < LeastBeside;

    /// <summary>Whether three of four characters follow from the one before them.</summary>
    private static bool IsRow(string password)
    {
        var surprises = 1;
        for (var at = 1; at < password.Length; at++)
        {
            if (!Follows(password[at - 1], password[at]))
            {
                surprises++;
            }
        }
        return surprises * 4 <= password.Length || Period(password) <= ShortestName;
    }

    private static bool Follows(char before, char next) =>
        Math.Abs(next - before) <= 1
        || rows.Any(row =>
            row.IndexOf(before, StringComparison.Ordinal) is >= 0 and var from
            && row.IndexOf(next, StringComparison.Ordinal) is >= 0 and var to
            && Math.Abs(to - from) == 1
        );

    /// <summary>After so many characters it begins again; its length where it does not.</summary>
    private static int Period(string password)
    {
        for (var period = 1; period <= password.Length / 2; period++)
        {
            if (password.AsSpan(period).SequenceEqual(password.AsSpan(0, password.Length - period)))
            {
                return period;
            }
        }
        return password.Length;
    }

    /// <summary>What it may have been made of.</summary>
    private static HashSet<string> GuessesOf(string password)
    {
        var guesses = new HashSet<string>(StringComparer.Ordinal);
        foreach (var form in new[] { password, password.Replace(" ", "", StringComparison.Ordinal) })
        {
            Add(form);
            Add(form[..Period(form)]);
            Add(Core(form, char.IsLetter));
            Add(Plain(Core(form, char.IsLetter)));
            Add(Plain(form));
            Add(Core(Plain(form), char.IsLetter));
            // Letters alone may have been left by a sign that stands for one: "p@ssw0rd!!".
            Add(Plain(Core(form, letter => !char.IsPunctuation(letter) && !char.IsSymbol(letter))));
            Add(
                Plain(form.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '!', '?', '.', '#', '*', '-', '_'))
            );
        }
        return guesses;

        void Add(string guess)
        {
            if (
                guess.Length >= ShortestName
                && (password.Length - guess.Length <= MostAround || Period(password) < password.Length)
            )
            {
                guesses.Add(guess);
            }
        }
    }

    /// <summary>Without what stands around the first and the last that is meant.</summary>
    private static string Core(string text, Func<char, bool> isMeant)
    {
        var (from, to) = (0, text.Length);
        while (from < to && !isMeant(text[from]))
        {
            from++;
        }
        while (to > from && !isMeant(text[to - 1]))
        {
            to--;
        }
        return text[from..to];
    }

    /// <summary>With letters for the signs that are written in place of them.</summary>
    private static string Plain(string text) =>
        string.Create(
            text.Length,
            text,
            (plain, given) =>
            {
                for (var at = 0; at < given.Length; at++)
                {
                    plain[at] = given[at] switch
                    {
                        '0' => 'o',
                        '1' or '!' or '|' => 'i',
                        '3' => 'e',
                        '4' or '@' => 'a',
                        '5' or '$' => 's',
                        '7' => 't',
                        var letter => letter,
                    };
                }
            }
        );
}
