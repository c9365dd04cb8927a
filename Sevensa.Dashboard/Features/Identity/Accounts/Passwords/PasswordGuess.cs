using Estimate = Zxcvbn.Zxcvbn;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Passwords;

/// <summary>Whether somebody who guesses by the usual ways comes upon a password soon, as zxcvbn reckons it.</summary>
internal static class PasswordGuess
{
    /// <summary>Of zxcvbn's five marks, 0 to 4: 0 and 1 fall to whoever may try a few thousand times.</summary>
    private const int Least = 2;

    /// <summary>What stands behind can only make it harder to guess, and would be looked at for long.</summary>
    private const int Longest = 100;

    /// <summary>The program's own names, which everybody knows who stands before its door.</summary>
    private static readonly string[] house = ["sevensa", "dashboard"];

    /// <param name="names">Of the account: what a guesser knows.</param>
    /// <returns>What is wrong with it, for who chose it; null when nothing is.</returns>
    public static string? Trouble(string password, params string?[] names)
    {
        var read = password.Length <= Longest ? password : password[..Longest];
        return Estimate.MatchPassword(read, [.. house, .. names.OfType<string>().SelectMany(Parts)]).Score >= Least
            ? null
            : "This password is one of those that are tried first: a common word, keys in their order, the same again and again, or your own name, with little around it. Choose another: a few words that nobody would say together are good.";
    }

    private static IEnumerable<string> Parts(string name) =>
        [name, .. name.Split(['.', ',', '@', '-', '_', ' '], StringSplitOptions.RemoveEmptyEntries)];
}
