using Microsoft.AspNetCore.Http.Features;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// A body without a length that turns out to be too large is read to its end before it is refused: who closes in the midst of
/// it has the proxy in front answer 502 in place of our 413.
/// </summary>
internal static class ChunkedBodies
{
    /// <summary>What is read away after the limit, and for how long.</summary>
    private const long MostBeyond = 512L * 1024 * 1024;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static Task RunAsync(HttpContext context, RequestDelegate next) =>
        context.Request.ContentLength is null
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
        && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { } size
            ? RunAsync(context, next, size)
            : next(context);

    private static async Task RunAsync(HttpContext context, RequestDelegate next, IHttpMaxRequestBodySizeFeature size)
    {
        var whole = context.Request.Body;
        context.Request.Body = new LimitedBody(whole, size);
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await ReadAwayAsync(whole, context.RequestAborted);
            throw;
        }
    }

    private static async Task ReadAwayAsync(Stream body, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Longest);
        var buffer = new byte[64 * 1024];
        try
        {
            for (long read = 0; read < MostBeyond; )
            {
                var some = await body.ReadAsync(buffer, patience.Token);
                if (some == 0)
                {
                    return;
                }
                read += some;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // It does not end, or its sender went away: then the connection is closed in the midst of it.
        }
    }

    /// <summary>Counts in the server's place, since the server closes; the limit is what the endpoint has set by the first read.</summary>
    private sealed class LimitedBody(Stream inner, IHttpMaxRequestBodySizeFeature size) : Stream
    {
        private long most = long.MaxValue;
        private bool begun;
        private long count;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            Begin();
            return Counted(await inner.ReadAsync(buffer, cancellationToken));
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            Begin();
            return Counted(inner.Read(buffer, offset, count));
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private void Begin()
        {
            if (!begun && size is { IsReadOnly: false, MaxRequestBodySize: { } limit })
            {
                (most, size.MaxRequestBodySize) = (limit, null);
            }
            begun = true;
        }

        private int Counted(int read)
        {
            count += read;
            return count <= most
                ? read
                : throw new BadHttpRequestException(
                    $"The body has more than {most / (1024 * 1024)} MB.",
                    StatusCodes.Status413PayloadTooLarge
                );
        }
    }
}
