using System.Numerics;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>
/// How many tokens a text has, without the model's own vocabulary: from its characters, at a rate that is learnt from what
/// the server counts.
/// </summary>
internal sealed class PromptSize
{
    /// <summary>No text that people or machines write is denser in tokens than this.</summary>
    private const double FewestCharacters = 2.2;

    /// <summary>Nor thinner: a prompt of rules, schemas and JSON has between 3.5 and 4.5.</summary>
    private const double MostCharacters = 6;

    private readonly Lock guard = new();
    private double characters = 3.4;

    /// <summary>As many as it may well be.</summary>
    public int Tokens(int length)
    {
        lock (guard)
        {
            return (int)Math.Ceiling(length / characters);
        }
    }

    /// <summary>Characters that surely fit into so many tokens, by what is known.</summary>
    public int Characters(int tokens)
    {
        lock (guard)
        {
            return (int)(tokens * characters);
        }
    }

    /// <summary>Told what the server counted, so that the next guess is better. A tenth is kept back: texts differ.</summary>
    public void Learn(int length, int tokens)
    {
        if (length < 500 || tokens < length / MostCharacters || tokens > length / FewestCharacters)
        {
            return;
        }
        lock (guard)
        {
            characters = Math.Clamp(length * 0.9 / tokens, FewestCharacters, MostCharacters);
        }
    }

    /// <summary>
    /// The server read less than it was sent. Ollama says so by its count alone: it drops messages from the front, and what
    /// then still does not fit it cuts to half of its context and two tokens more. A count below any such remainder is that
    /// of a server which counts only what it had not read before.
    /// </summary>
    public static bool IsCut(int length, int counted)
    {
        var fewest = length / MostCharacters;
        return counted < fewest && (counted >= fewest / 4 || (counted - 2 >= 128 && BitOperations.IsPow2(counted - 2)));
    }
}
