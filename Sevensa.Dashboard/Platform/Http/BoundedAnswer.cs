namespace Sevensa.Dashboard.Platform.Http;

/// <summary>Reads an upstream's answer whole, as long as it has an end: what stands at an address may be anything.</summary>
internal static class BoundedAnswer
{
    /// <summary>Far more than any answer that is read whole.</summary>
    public const int Longest = 16 * 1024 * 1024;

    /// <exception cref="EndlessAnswerException">It is longer than <see cref="Longest"/>; nothing of it is kept.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
        using var bytes = new MemoryStream();
        var piece = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(piece, cancellation)) > 0)
        {
            if (bytes.Length + read > Longest)
            {
                throw new EndlessAnswerException();
            }
            bytes.Write(piece, 0, read);
        }
        return bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
    }
}

/// <summary>An answer goes on beyond what is read of one.</summary>
internal sealed class EndlessAnswerException()
    : Exception($"it has more than {BoundedAnswer.Longest / (1024 * 1024)} MiB");
