using Sevensa.Dashboard.Features.Assistant.Model;

namespace Sevensa.Dashboard.Features.Assistant.Turns;

/// <summary>
/// What the model is sent, kept within what it can read: what was looked up for earlier questions goes first, then what was
/// said long ago, then results of earlier rounds. The rules, the question and the newest results stay.
/// </summary>
internal sealed class Talk
{
    /// <summary>Messages that are left out together: a prompt that begins otherwise each time is read anew each time.</summary>
    public const int AtOnce = 6;

    private const string Left = """{"note":"Read before; call the tool again if you need it."}""";

    private readonly int toolsLength;
    private readonly int most;
    private readonly List<ModelMessage> messages;
    private readonly List<string> read;
    private int question;

    /// <param name="prompt">Rules, earlier messages, question.</param>
    /// <param name="toolsLength">Characters that the tools' descriptions take.</param>
    /// <param name="most">Characters that fit.</param>
    public Talk(IReadOnlyList<ModelMessage> prompt, int toolsLength, int most)
    {
        (this.toolsLength, this.most) = (toolsLength, most);
        read = [.. prompt.Skip(1).Select(message => Letters(message.Text))];
        messages = [];
        foreach (var message in prompt)
        {
            // Half of the room is for this question. All that was looked up goes at once, so that the beginning stays
            // alike from question to question until it is too much again.
            if (message.Role == "user" && Length + message.Length > most / 2)
            {
                messages.RemoveAll(one => one.IsOfTools);
            }
            messages.Add(message);
        }
        question = messages.Count - 1;
    }

    /// <summary>A copy: what is sent does not change while it is sent.</summary>
    public IReadOnlyList<ModelMessage> Messages => [.. messages];

    public int Length => toolsLength + messages.Sum(message => message.Length);

    /// <summary>Share of it that the next question is sent with again: all but calls and their results.</summary>
    public double Kept =>
        (toolsLength + messages.Where(message => !message.IsOfTools).Sum(message => message.Length)) / (double)Length;

    /// <summary>What was called and answered since the question.</summary>
    public IReadOnlyList<ModelMessage> Since => [.. messages.Skip(question + 1)];

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
        if (Room < 0)
        {
            var since = Since;
            messages.RemoveRange(question + 1, since.Count);
            messages.RemoveAll(message => message.IsOfTools);
            question = messages.Count - 1;
            messages.AddRange(since);
        }
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
