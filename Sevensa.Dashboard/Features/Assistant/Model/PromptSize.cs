using System.Numerics;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>
/// How many tokens a text has, without the model's own vocabulary: from its characters, at a rate that is learnt from what
/// the server counts. And whether a count is that of the whole prompt: a prompt that begins with one that was counted before
/// has no fewer tokens than that one.
/// </summary>
internal sealed class PromptSize
{
    /// <summary>No text that people or machines write is denser in tokens than this.</summary>
    private const double FewestCharacters = 2.2;

    /// <summary>Nor thinner: a prompt of rules, schemas and JSON has between 3.5 and 4.5.</summary>
    private const double MostCharacters = 6;

    /// <summary>Tokens that a template puts around a prompt, more or less of them from one to the next.</summary>
    private const int Around = 24;

    private const int MostRemembered = 256;

    private readonly Lock guard = new();
    private readonly Dictionary<int, (int Length, int Tokens)> counted = [];
    private readonly Queue<int> order = new();
    private double characters = 3.4;
    private bool countsAll;

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

    /// <summary>
    /// Told what the server counted of a prompt: it is remembered, and the next guess is better. True when the server has read
    /// less than it was sent; nothing is learnt from that.
    /// </summary>
    public bool IsCut(ModelRequest request, int tokens)
    {
        var chain = Chain(request);
        lock (guard)
        {
            // The longest beginning that was counted before.
            for (var i = chain.Count - 1; i >= 0; i--)
            {
                if (counted.TryGetValue(chain[i].Hash, out var before))
                {
                    return IsCut(request, chain, tokens, before);
                }
            }
            if (IsCut(chain[^1].Length, tokens))
            {
                return true;
            }
            Learn(request, chain, tokens);
            return false;
        }
    }

    /// <summary>
    /// The server read less than it was sent, of a prompt that nothing is known of. Ollama drops messages from the front, and
    /// what then still does not fit it cuts to half of its context and two tokens more. A count below any such remainder is
    /// that of a server which counts only what it had not read before.
    /// </summary>
    public static bool IsCut(int length, int tokens)
    {
        var fewest = length / MostCharacters;
        return tokens < fewest && (tokens >= fewest / 4 || (tokens - 2 >= 128 && BitOperations.IsPow2(tokens - 2)));
    }

    private bool IsCut(
        ModelRequest request,
        List<(int Hash, int Length)> chain,
        int tokens,
        (int Length, int Tokens) before
    )
    {
        var more = chain[^1].Length - before.Length;
        var (fewestMore, mostMore) = ((more / MostCharacters) - Around, (more / FewestCharacters) + Around);
        if (tokens >= before.Tokens + fewestMore)
        {
            countsAll |= tokens > mostMore;
            Learn(request, chain, tokens);
            return false;
        }
        // What a server that counts only what is new to it would say.
        return countsAll || tokens < fewestMore || tokens > mostMore;
    }

    /// <summary>A tenth is kept back: texts differ.</summary>
    private void Learn(ModelRequest request, List<(int Hash, int Length)> chain, int tokens)
    {
        var length = request.Length;
        if (length < 500 || tokens < length / MostCharacters)
        {
            return;
        }
        if (tokens <= length / FewestCharacters)
        {
            characters = Math.Clamp(length * 0.9 / tokens, FewestCharacters, MostCharacters);
        }
        if (counted.TryAdd(chain[^1].Hash, (chain[^1].Length, tokens)))
        {
            order.Enqueue(chain[^1].Hash);
        }
        while (order.Count > MostRemembered)
        {
            counted.Remove(order.Dequeue());
        }
    }

    /// <summary>For the tools and for each message: what tells all up to there, and its length, in which repeated characters do not count.</summary>
    private static List<(int Hash, int Length)> Chain(ModelRequest request)
    {
        var (hash, length) = (0, 0);
        foreach (var tool in request.Tools)
        {
            (hash, length) = (
                HashCode.Combine(hash, tool.Name, tool.Description, tool.Schema.GetRawText()),
                length + tool.Length
            );
        }
        var chain = new List<(int, int)>(request.Messages.Count);
        foreach (var message in request.Messages)
        {
            hash = HashCode.Combine(hash, message.Role, message.Text);
            length += Varied(message.Text);
            foreach (var call in message.Calls ?? [])
            {
                var arguments = call.Arguments.GetRawText();
                (hash, length) = (
                    HashCode.Combine(hash, call.Name, arguments),
                    length + call.Name.Length + Varied(arguments)
                );
            }
            chain.Add((hash, length));
        }
        return chain;
    }

    /// <summary>A long run of one character is few tokens.</summary>
    private static int Varied(string text)
    {
        var varied = 0;
        for (var i = 0; i < text.Length; i++)
        {
            varied += i == 0 || text[i] != text[i - 1] ? 1 : 0;
        }
        return varied;
    }
}
