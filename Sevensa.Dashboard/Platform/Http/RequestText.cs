namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// The border for texts that programs send as JSON: what is no text is refused with its place before anything reads it. What
/// comes in another way is made whole where it enters the store.
/// </summary>
public static class RequestText
{
    private sealed class AnyText;

    /// <summary>The endpoint reads what somebody else wrote, in any encoding, and judges it itself.</summary>
    public static TBuilder ReadsAnyText<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AnyText());

    /// <summary>Must stand after routing.</summary>
    public static void UseRequestText(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                var request = context.Request;
                if (
                    request.HasJsonContentType()
                    && context.GetEndpoint()?.Metadata.GetMetadata<AnyText>() is null
                    && !request.Headers.ContainsKey("Content-Encoding")
                )
                {
                    if (IsOtherCharset(request.ContentType!))
                    {
                        return Results
                            .Problem(
                                "JSON is sent as UTF-8 here. Send it without a charset, or with charset=utf-8.",
                                statusCode: StatusCodes.Status415UnsupportedMediaType,
                                title: "The request can't be read"
                            )
                            .ExecuteAsync(context);
                    }
                    request.Body = new CheckedBody(request.Body);
                }
                return next(context);
            }
        );

    private static bool IsOtherCharset(string contentType) =>
        Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.Charset.HasValue
        && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
        && !type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)
        && !type.Charset.Equals("us-ascii", StringComparison.OrdinalIgnoreCase);

    private sealed class CheckedBody(Stream inner) : Stream
    {
        private readonly JsonTextCheck check = new();

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
            var read = await inner.ReadAsync(buffer, cancellationToken);
            check.Take(buffer.Span[..read]);
            return read;
        }

        public override Task<int> ReadAsync(
            byte[] buffer,
            int offset,
            int count,
            CancellationToken cancellationToken
        ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            check.Take(buffer.AsSpan(offset, read));
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
