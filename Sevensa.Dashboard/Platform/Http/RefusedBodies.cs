using Microsoft.AspNetCore.Http.Features;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// A body that is refused is read to its end, though nobody needs it: who closes in the midst of it has the proxy in front
/// answer 502 in place of what we said. Of those with a length only large ones, as the server itself reads the others away.
/// </summary>
internal static class RefusedBodies
{
    private const long Large = 1024 * 1024;
    private const long MostBeyond = 512 * Large;
    private const long MostOfOthers = 64 * Large;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestOfOthers = TimeSpan.FromSeconds(5);

    public static Task RunAsync(HttpContext context, RequestDelegate next) =>
        context.Request.ContentLength is null or > Large
        && context.Request.Headers.Upgrade.Count == 0
        && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true }
        && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { } size
            ? RunAsync(context, next, size)
            : next(context);

    private static async Task RunAsync(HttpContext context, RequestDelegate next, IHttpMaxRequestBodySizeFeature size)
    {
        var body = new LimitedBody(context.Request.Body, size, context.Request.ContentLength);
        context.Request.Body = body;
        try
        {
            await next(context);
        }
        catch (Exception exception)
        {
            var status = (exception as BadHttpRequestException)?.StatusCode ?? 0;
            await body.ReadAwayAsync(context, status == StatusCodes.Status413PayloadTooLarge);
            throw;
        }
        if (context.Response.StatusCode >= 400)
        {
            await body.ReadAwayAsync(context, context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge);
        }
    }

    /// <summary>Counts in the server's place, since the server closes; the limit is what the endpoint has set by the first read.</summary>
    private sealed class LimitedBody(Stream inner, IHttpMaxRequestBodySizeFeature size, long? length) : Stream
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

        /// <param name="context">Whose body it is.</param>
        /// <param name="tooLarge">It is refused for its size, to somebody who may send one: read with more patience than others.</param>
        public async Task ReadAwayAsync(HttpContext context, bool tooLarge)
        {
            if (!begun && context.Request.Headers.Expect.Count > 0)
            {
                // Its sender waits to be asked for it.
                return;
            }
            Begin(refuse: false);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
            patience.CancelAfter(tooLarge ? Longest : LongestOfOthers);
            var buffer = new byte[64 * 1024];
            try
            {
                for (long read = 0; read < (tooLarge ? MostBeyond : MostOfOthers); )
                {
                    var some = await inner.ReadAsync(buffer, patience.Token);
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

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private void Begin(bool refuse = true)
        {
            if (!begun && size is { IsReadOnly: false, MaxRequestBodySize: { } limit })
            {
                (most, size.MaxRequestBodySize) = (limit, null);
            }
            begun = true;
            if (refuse && length > most)
            {
                throw TooLarge();
            }
        }

        private int Counted(int read)
        {
            count += read;
            return count <= most ? read : throw TooLarge();
        }

        private BadHttpRequestException TooLarge() =>
            new(
                $"The body has more than {(most < Large ? $"{most / 1024} KB" : $"{most / Large} MB")}.",
                StatusCodes.Status413PayloadTooLarge
            );
    }
}
