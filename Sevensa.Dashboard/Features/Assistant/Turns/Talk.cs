using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// What the model is sent, kept within what it can read: what was said long ago goes first, then results of earlier rounds.
/// The rules, the question and the newest results stay.
/// </summary>
/// <param name="prompt">Rules, earlier messages, question.</param>
/// <param name="toolsLength">Characters that the tools' descriptions take.</param>
/// <param name="most">Characters that fit.</param>
internal sealed class Talk(IReadOnlyList<ModelMessage> prompt, int toolsLength, int most)
{
    /// <summary>Messages that are left out together: a prompt that begins otherwise each time is read anew each time.</summary>
    public const int AtOnce = 6;

    private const string Left = """{"note":"Read before; call the tool again if you need it."}""";

    private readonly List<ModelMessage> messages = [.. prompt];
    private readonly List<string> read = [.. prompt.Skip(1).Select(message => Letters(message.Text))];
    private int question = prompt.Count - 1;

    /// <summary>A copy: what is sent does not change while it is sent.</summary>
    public IReadOnlyList<ModelMessage> Messages => [.. messages];

    public int Length => toolsLength + messages.Sum(message => message.Length);

    /// <summary>Share of it that the next question is sent with again: all but calls and their results.</summary>
    public double Kept => (toolsLength + messages.Take(question + 1).Sum(message => message.Length)) / (double)Length;

    /// <summary>Characters that are left.</summary>
    public int Room => most - Length;

    public void Add(ModelMessage message)
    {
        messages.Add(message);
        if (message.Role == "tool")
        {
            read.Add(Letters(message.Text));
        }
    }

    /// <summary>Whether a text stands in what was read or said before, however it is quoted there.</summary>
    public bool Holds(string text) =>
        Letters(text) is { Length: >= 16 } letters
        && read.Exists(known => known.Contains(letters, StringComparison.Ordinal));

    /// <summary>Messages of the conversation that were left out so that the rest fits.</summary>
    public int Forgotten { get; private set; }

    /// <summary>Results of earlier rounds that were left out.</summary>
    public int Emptied { get; private set; }

    /// <summary>Makes it fit; false when it can't be made to.</summary>
    public bool Fits()
    {
        while (question > 1 && (Room < 0 || Forgotten % AtOnce != 0))
        {
            Forget();
            // An answer without its question would be the first thing said.
            while (question > 1 && messages[1].Role != "user")
            {
                Forget();
            }
        }
        var newest = messages.FindLastIndex(message => message.Role == "assistant");
        for (var at = question + 1; Room < 0 && at < newest; at++)
        {
            if (messages[at].Role == "tool" && messages[at].Text != Left)
            {
                messages[at] = messages[at] with { Text = Left };
                Emptied++;
            }
        }
        return Room >= 0;
    }

    private void Forget()
    {
        messages.RemoveAt(1);
        question--;
        Forgotten++;
    }

    private static string Letters(string text) =>
        new([.. text.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
