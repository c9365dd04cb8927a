using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>What was answered over HTTP.</summary>
/// <param name="Text">The first of its text, without our secrets.</param>
internal sealed record Reply(int Status, string Text, TimeSpan? RetryAfter)
{
    private const int MostWords = 300;

    public bool IsGood => Status is >= 200 and < 300;

    /// <summary>What is made of it where nothing else is said: any 2xx takes the message.</summary>
    public Sent Usual() =>
        IsGood ? new Sent(Status, null)
        : Status is >= 300 and < 400 ? new Sent(Status, $"It answered {Status}, and redirects are not followed.")
        : NotTaken(Text);

    /// <summary>It was not taken, in the answer's own words.</summary>
    public Sent NotTaken(string words, TimeSpan? retryAfter = null)
    {
        var line = string.Concat(words.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
        return new Sent(
            Status,
            line.Length == 0 ? $"It answered {Status}." : $"It answered {Status}: {StoreText.Cut(line, MostWords)}",
            retryAfter > RetryAfter ? retryAfter : RetryAfter ?? retryAfter
        );
    }
}
