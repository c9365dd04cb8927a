using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Metadata of an endpoint whose address names something that may not be the caller's to know of: asked when the body is to be
/// refused, so that what is not there for the caller is told first.
/// </summary>
public interface IPathDoor
{
    /// <remarks>Throws what is answered in place of the refusal.</remarks>
    Task PassAsync(HttpContext context);
}

/// <summary>
/// The one rule for JSON bodies that have a form of ours: held against it (<see cref="BodyShape"/>) before the endpoint sees
/// them. An endpoint that reads nothing from a body refuses one with something in it.
/// </summary>
public static class RequestBodies
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>The endpoint reads a format that somebody else defines, and judges it itself.</summary>
    public sealed class AnothersFormat;

    /// <inheritdoc cref="AnothersFormat"/>
    public static TBuilder ReadsAnothersFormat<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new AnothersFormat());

    /// <summary>Must stand after authorization: who may not ask is told that first.</summary>
    public static void UseRequestBodies(this WebApplication app) =>
        app.Use((context, next) => IsOurs(context) ? CheckAsync(context, next) : next(context));

    private static bool IsOurs(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/api/v1")
        && context.Request.Method is not ("GET" or "HEAD" or "OPTIONS")
        && context.GetEndpoint() is RouteEndpoint endpoint
        && endpoint.Metadata.GetMetadata<AnothersFormat>() is null;

    private static async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        byte[] body;
        try
        {
            body = await CheckedAsync(context);
        }
        catch (Exception exception) when (exception is BadHttpRequestException or TextRefusedException)
        {
            if (context.GetEndpoint()!.Metadata.GetMetadata<IPathDoor>() is { } door)
            {
                await door.PassAsync(context);
            }
            throw;
        }
        context.Request.Body = new MemoryStream(body, writable: false);
        context.Features.Set<IHttpRequestBodyDetectionFeature>(new Detected(body.Length > 0));
        await next(context);
    }

    private static async Task<byte[]> CheckedAsync(HttpContext context)
    {
        var request = context.Request;
        var accepted = context.GetEndpoint()!.Metadata.GetMetadata<IAcceptsMetadata>();
        var shape = new BodyShape(
            context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions
        );
        var body = await ReadAsync(context);
        if (body.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            if (accepted is { IsOptional: false, RequestType: { } missing })
            {
                throw new BadHttpRequestException($"The body is missing: {shape.Words(missing)}.");
            }
            return [];
        }
        RefuseMediaType(request);
        shape.Check(Parsed(body), accepted?.RequestType);
        return body;
    }

    private static void RefuseMediaType(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            throw new BadHttpRequestException(
                $"The body is JSON here: send it with Content-Type: application/json. {(string.IsNullOrEmpty(request.ContentType) ? "None" : "Another one")} was given.",
                StatusCodes.Status415UnsupportedMediaType
            );
        }
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && encoding != "identity")
        {
            throw new BadHttpRequestException(
                "JSON is sent as it is here, without Content-Encoding.",
                StatusCodes.Status415UnsupportedMediaType
            );
        }
    }

    private static JsonElement Parsed(byte[] body)
    {
        ReadOnlySpan<byte> text = body;
        // A byte order mark may be there and says nothing (RFC 8259 §8.1).
        if (text.StartsWith("\uFEFF"u8))
        {
            text = text[3..];
        }
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new BadHttpRequestException(PlatformProblems.Words(exception));
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        var request = context.Request;
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return [];
        }
        if (request.ContentLength > MostBytes)
        {
            throw TooLarge();
        }
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int some;
        while ((some = await request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (read.Length + some > MostBytes)
            {
                throw TooLarge();
            }
            read.Write(buffer, 0, some);
        }
        return read.ToArray();
    }

    private static BadHttpRequestException TooLarge() =>
        new($"A body has at most {MostBytes / 1024} KB here.", StatusCodes.Status413PayloadTooLarge);

    private sealed class Detected(bool has) : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => has;
    }
}
