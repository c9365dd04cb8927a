using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Mvc;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// <c>Idempotency-Key</c> on writes: the same key of the same caller on the same path gives the same answer for a day, with
/// another body 422, while the first still runs 409. Event streams pass and keep nothing, and so does what carries a secret.
/// </summary>
public static class Idempotency
{
    public const string Header = "Idempotency-Key";
    private const int LongestKey = 255;
    private const int LargestAnswer = 1024 * 1024;

    private sealed class KeptNowhere;

    /// <summary>
    /// The request or its answer carries a secret: not even a hash of it is kept, from which it could be guessed, and no large
    /// body is put aside in a file. The endpoint itself lets the same request do nothing twice.
    /// </summary>
    public static TBuilder KeepsNothing<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new KeptNowhere());

    /// <summary>Must stand after authorization: what is refused at the door takes no key.</summary>
    /// <param name="callerOf">Opaque id of who asks; null for nobody.</param>
    public static void UseIdempotency(this WebApplication app, Func<HttpContext, string?> callerOf) =>
        app.UseWhen(
            context =>
                HttpMethods.IsPost(context.Request.Method)
                && context.Request.Path.StartsWithSegments("/api/v1")
                && context.Request.Headers.ContainsKey(Header)
                && context.GetEndpoint()?.Metadata.GetMetadata<KeptNowhere>() is null
                && !context.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.Ordinal),
            branch =>
            {
                branch.Use(
                    (context, next) => callerOf(context) is { } caller ? RunAsync(context, next, caller) : next(context)
                );
                // Inside, so that a problem is an answer like any other and is kept too.
                branch.UseExceptionHandler();
            }
        );

    private static async Task RunAsync(HttpContext context, RequestDelegate next, string caller)
    {
        var store = context.RequestServices.GetRequiredService<IdempotencyStore>();
        var key = context.Request.Headers[Header].ToString();
        var path = context.Request.Path.Value!;
        if (key.Length is 0 or > LongestKey || path.Length > 1000)
        {
            await RefuseAsync(
                context,
                400,
                "The idempotency key can't be used",
                $"{Header} has 1 to {LongestKey} characters."
            );
            return;
        }
        var hash = await HashAsync(context);
        if (await store.TakeAsync(caller, path, key, hash, context.RequestAborted) is { } other)
        {
            await AnswerAgainAsync(context, store, other, hash);
            return;
        }
        var mayTryAgain = true;
        var original = context.Response.Body;
        await using var capture = new CapturedBody(original, context.Response, LargestAnswer);
        context.Response.Body = capture;
        try
        {
            await next(context);
            await context.Response.BodyWriter.FlushAsync(CancellationToken.None);
            // Whose caller hung up in the middle was not done: the next attempt does it.
            if (
                context.Response.StatusCode < 500
                && context.Response.StatusCode != StatusCodes.Status499ClientClosedRequest
                && capture.Captured is { } body
            )
            {
                // It was done: whatever becomes of its answer, the same key does not do it twice.
                mayTryAgain = false;
                var response = context.Response;
                await store.KeepAsync(
                    caller,
                    path,
                    key,
                    new StoredAnswer(response.StatusCode, response.ContentType, response.Headers.Location, body)
                );
            }
        }
        finally
        {
            context.Response.Body = original;
            if (mayTryAgain)
            {
                await store.LetGoAsync(caller, path, key);
            }
        }
    }

    private static async Task AnswerAgainAsync(
        HttpContext context,
        IdempotencyStore store,
        IdempotencyRow other,
        string hash
    )
    {
        if (other.RequestHash != hash)
        {
            await RefuseAsync(
                context,
                422,
                "The idempotency key belongs to another request",
                $"{Header} was used here with another body. Use a new key for a new request."
            );
            return;
        }
        if (other.Status is not { } status)
        {
            context.Response.Headers.RetryAfter = "1";
            await RefuseAsync(
                context,
                409,
                "The same request still runs",
                "The first request with this key has no answer yet. Ask again in a moment with the same key."
            );
            return;
        }
        context.Response.StatusCode = status;
        context.Response.ContentType = other.ContentType;
        if (other.Location is { } location)
        {
            context.Response.Headers.Location = location;
        }
        // The first answer may have been one that is kept nowhere, such as a new token.
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Idempotency-Replayed"] = "true";
        await context.Response.Body.WriteAsync(store.BodyOf(other), context.RequestAborted);
    }

    private static async Task<string> HashAsync(HttpContext context)
    {
        context.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(context.Request.QueryString.Value + "\n"));
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            hash.AppendData(buffer, 0, read);
        }
        context.Request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Task RefuseAsync(HttpContext context, int status, string title, string detail)
    {
        context.Response.StatusCode = status;
        return context
            .RequestServices.GetRequiredService<IProblemDetailsService>()
            .WriteAsync(
                new ProblemDetailsContext
                {
                    HttpContext = context,
                    ProblemDetails = new ProblemDetails
                    {
                        Status = status,
                        Title = title,
                        Detail = detail,
                        Extensions = { ["code"] = "idempotency" },
                    },
                }
            )
            .AsTask();
    }
}

/// <summary>Passes everything on at once and keeps a copy, unless it is an event stream or too large.</summary>
internal sealed class CapturedBody(Stream inner, HttpResponse response, int most) : Stream
{
    private readonly MemoryStream copy = new();
    private bool givenUp;

    /// <summary>Null when there is no whole copy.</summary>
    public byte[]? Captured =>
        givenUp || response.ContentType?.StartsWith("text/event-stream", StringComparison.Ordinal) == true
            ? null
            : copy.ToArray();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        Keep(buffer.Span);
        await inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Keep(buffer.AsSpan(offset, count));
        inner.Write(buffer, offset, count);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        givenUp |= copy.Length + bytes.Length > most;
        if (!givenUp)
        {
            copy.Write(bytes);
        }
    }
}
