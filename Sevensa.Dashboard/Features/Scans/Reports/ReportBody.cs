using System.IO.Compression;
using System.Text;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>A report as it was sent, unpacked and turned into UTF-8: pipelines compress, and PowerShell's <c>&gt;</c> writes UTF-16.</summary>
internal static class ReportBody
{
    private const int LookedAt = 16;

    /// <summary>Each takes its buffers; nobody packs a report more often.</summary>
    private const int MostCodings = 3;

    /// <param name="encoding"><c>Content-Encoding</c> as it was sent.</param>
    /// <exception cref="UnreadableReportException">Empty, or evidently no JSON; says what it is.</exception>
    /// <exception cref="UnknownEncodingException">415</exception>
    public static async Task<Stream> OpenAsync(Stream body, string? encoding, CancellationToken cancellation)
    {
        var opened = body;
        var codings = (encoding ?? "").Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );
        if (codings.Length > MostCodings)
        {
            throw new UnknownEncodingException(
                $"The report is said to be packed {codings.Length} times, one in another; at most {MostCodings} are read. Send it as it is, or packed once."
            );
        }
        foreach (var coding in codings.Reverse())
        {
            opened = coding.ToLowerInvariant() switch
            {
                "identity" => opened,
                "gzip" or "x-gzip" => new WithinLimit(new GZipStream(opened, CompressionMode.Decompress)),
                "deflate" => await InflatedAsync(opened, cancellation),
                "br" => new WithinLimit(new BrotliStream(opened, CompressionMode.Decompress)),
                _ => throw new UnknownEncodingException(
                    $"The encoding \"{ReportJson.Cut(coding, 40)}\" is not read here. Send the report as it is, or as gzip, deflate or br."
                ),
            };
        }
        var (first, whole) = await PeekAsync(opened, cancellation);
        if (first is [0x1f, 0x8b, ..])
        {
            (first, whole) = await PeekAsync(
                new WithinLimit(new GZipStream(whole, CompressionMode.Decompress)),
                cancellation
            );
        }
        else if (IsZLib(first))
        {
            (first, whole) = await PeekAsync(await InflatedAsync(whole, cancellation), cancellation);
        }
        return first switch
        {
            [] when opened != body => throw new UnreadableReportException(
                "Nothing comes out when the report is unpacked: it is empty, or not compressed as its encoding says."
            ),
            [] => throw new UnreadableReportException("The body is empty. Send the report's text as the body."),
            [0xff, 0xfe, 0, 0, ..] or [0, 0, 0xfe, 0xff, ..] => throw new UnreadableReportException(
                "The report is written in UTF-32. Write it as UTF-8."
            ),
            [0xff, 0xfe, ..] or [not 0, 0, ..] => Transcoded(whole, Encoding.Unicode),
            [0xfe, 0xff, ..] or [0, not 0, ..] => Transcoded(whole, Encoding.BigEndianUnicode),
            [(byte)'<', ..] or [0xef, 0xbb, 0xbf, (byte)'<'] => throw new UnreadableReportException(
                "This is XML. Send JSON: `trivy image --format cyclonedx`, `grype -o cyclonedx-json` or `syft -o cyclonedx-json` write it."
            ),
            _ when IsSpdxText(first) => throw new UnreadableReportException(
                "This is SPDX as tags and values, which is not read here. Send JSON: `syft -o spdx-json` and `trivy image --format spdx-json` write the same list; for its findings `grype sbom:FILE -o json` or `trivy sbom --scanners vuln --format json FILE`."
            ),
            [(byte)'-', (byte)'-', ..] => throw new UnreadableReportException(
                "This is a form with a file in it. Send the file itself as the body: curl --data-binary @report.json"
            ),
            [(byte)'P', (byte)'K', ..] => throw new UnreadableReportException(
                "This is a ZIP archive. Send the report that is in it, as it is or as gzip."
            ),
            _ => whole,
        };
    }

    /// <summary>The standard means zlib's format by "deflate"; many programs send the bare stream.</summary>
    private static async Task<Stream> InflatedAsync(Stream packed, CancellationToken cancellation)
    {
        var (first, whole) = await PeekAsync(packed, cancellation);
        return new WithinLimit(
            IsZLib(first)
                ? new ZLibStream(whole, CompressionMode.Decompress)
                : new DeflateStream(whole, CompressionMode.Decompress)
        );
    }

    /// <summary>By its header of two bytes (RFC 1950 §2.2), which no text begins with.</summary>
    private static bool IsZLib(ReadOnlySpan<byte> first) =>
        first is [0x78, var flags, ..] && ((0x78 << 8) | flags) % 31 == 0 && flags is 0x01 or 0x5e or 0x9c or 0xda;

    private static bool IsSpdxText(ReadOnlySpan<byte> first) =>
        (first is [0xef, 0xbb, 0xbf, ..] ? first[3..] : first).StartsWith("SPDXVersion"u8)
        || first.StartsWith("spdxVersion:"u8);

    private static Stream Transcoded(Stream inner, Encoding from) =>
        Encoding.CreateTranscodingStream(inner, from, new UTF8Encoding(false));

    private static async Task<(byte[] First, Stream Whole)> PeekAsync(Stream stream, CancellationToken cancellation)
    {
        var buffer = new byte[LookedAt];
        try
        {
            var count = await stream.ReadAtLeastAsync(buffer, LookedAt, throwOnEndOfStream: false, cancellation);
            return (buffer[..count], new Rejoined(buffer.AsMemory(0, count), stream));
        }
        catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
        {
            throw Damaged(exception);
        }
    }

    private static UnreadableReportException Damaged(Exception exception) =>
        new("The report can't be unpacked: it is not compressed as its encoding says, or was cut off.", exception);

    /// <summary>What was looked at, and the rest.</summary>
    private sealed class Rejoined(ReadOnlyMemory<byte> first, Stream rest) : ReadOnlyStream
    {
        private ReadOnlyMemory<byte> left = first;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (left.IsEmpty)
            {
                return await rest.ReadAsync(buffer, cancellationToken);
            }
            var count = Math.Min(left.Length, buffer.Length);
            left[..count].CopyTo(buffer);
            left = left[count..];
            return count;
        }
    }

    /// <summary>A few kilobytes may unpack to gigabytes: the limit holds for what comes out.</summary>
    private sealed class WithinLimit(Stream inner) : ReadOnlyStream
    {
        private long read;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            try
            {
                var count = await inner.ReadAsync(buffer, cancellationToken);
                read += count;
                return read <= ScansOptions.MostBytes
                    ? count
                    : throw new BadHttpRequestException(
                        "The report is larger than 32 MB once it is unpacked, which is the most that one may be.",
                        StatusCodes.Status413PayloadTooLarge
                    );
            }
            // Brotli's decoder says of damaged data that the operation is invalid.
            catch (Exception exception) when (exception is InvalidDataException or InvalidOperationException)
            {
                throw Damaged(exception);
            }
        }
    }
}

/// <summary>A stream that is read forwards, without waiting on a thread.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public abstract override ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken = default
    );

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
