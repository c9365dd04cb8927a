using System.Buffers.Binary;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Bytes of a log as Docker sent them.</summary>
/// <param name="Count">How many were put into the buffer; 0 at the end.</param>
/// <param name="Stream">stdout or stderr.</param>
/// <param name="Begins">They are the first of a frame. Docker keeps a long line in pieces, and each comes as a frame of its own.</param>
internal readonly record struct LogBytes(int Count, string Stream, bool Begins);

/// <summary>Takes apart what Docker sends for both streams at once: a header of eight bytes before each frame.</summary>
/// <param name="terminal">The container has a terminal: then there is one stream, without headers.</param>
internal sealed class LogFrames(Stream body, bool terminal)
{
    private const int HeaderBytes = 8;
    private const byte StandardError = 2;

    private readonly byte[] header = new byte[HeaderBytes];
    private string stream = "stdout";
    private uint left;

    /// <exception cref="IOException">The answer broke off within a frame.</exception>
    public async Task<LogBytes> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (terminal)
        {
            return new LogBytes(await body.ReadAsync(buffer, cancellation), stream, false);
        }
        var begins = false;
        while (left == 0)
        {
            var read = await body.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellation);
            if (read == 0)
            {
                return new LogBytes(0, stream, false);
            }
            if (read < HeaderBytes)
            {
                throw new IOException("Docker broke off the log within a line.");
            }
            stream = header[0] == StandardError ? "stderr" : "stdout";
            left = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4));
            begins = true;
        }
        var count = await body.ReadAsync(buffer[..(int)Math.Min(buffer.Length, left)], cancellation);
        if (count == 0)
        {
            throw new IOException("Docker broke off the log within a line.");
        }
        left -= (uint)count;
        return new LogBytes(count, stream, begins);
    }
}

/// <summary>The end of a log, in whole lines.</summary>
/// <param name="Lines">In Docker's order, the newest last.</param>
/// <param name="Unfinished">Lines that have begun and not ended; null where the log ended or none has.</param>
/// <param name="More">There may be more lines before these: as many pieces came as were asked for.</param>
internal sealed record LogTail(
    IReadOnlyList<ContainerLogLine> Lines,
    IReadOnlyList<ContainerLogLine> Unfinished,
    bool More
);
