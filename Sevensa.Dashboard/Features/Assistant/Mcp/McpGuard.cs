using System.Text.Json;
using ModelContextProtocol;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>
/// What the protocol asks of a server at the door, before a message is handled: no page of somebody else's may call
/// (<c>Origin</c>), a session that there is not is 404, arguments that are none are -32602, and what was taken back ends.
/// </summary>
/// <remarks>Model Context Protocol, "Transports", Streamable HTTP; "Cancellation".</remarks>
internal sealed class McpGuard(RequestDelegate next)
{
    private const string SessionHeader = "Mcp-Session-Id";
    private const int SessionNotFound = -32001;

    public async Task InvokeAsync(HttpContext context)
    {
        var own = context.RequestServices.GetRequiredService<PublicAddress>().BaseFor(context.Request);
        if (!IsOurs(context.Request, own))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context
                .RequestServices.GetRequiredService<IProblemDetailsService>()
                .WriteAsync(
                    new ProblemDetailsContext
                    {
                        HttpContext = context,
                        ProblemDetails =
                        {
                            Status = StatusCodes.Status403Forbidden,
                            Title = "Not from that page",
                            Detail =
                                $"A page of {context.Request.Headers.Origin} asked. Programs send no Origin; pages ask from {own}.",
                        },
                    }
                );
            return;
        }
        if (context.Request.Headers.ContainsKey(SessionHeader))
        {
            await RefuseAsync(
                context,
                StatusCodes.Status404NotFound,
                null,
                SessionNotFound,
                "There is no such session: this server keeps none. Initialize anew, and send no Mcp-Session-Id."
            );
            return;
        }
        if (!HttpMethods.IsPost(context.Request.Method) || Caller.From(context.User) is not { } caller)
        {
            await next(context);
            return;
        }
        context.RequestServices.GetRequiredService<McpNews>().Called();
        using var message = await ReadAsync(context.Request, context.RequestAborted);
        if (message?.RootElement is not { ValueKind: JsonValueKind.Object } said)
        {
            await next(context);
            return;
        }
        var method = Text(said, "method");
        var calls = context.RequestServices.GetRequiredService<McpCalls>();
        // As far as programs that share a token can be told apart at all.
        var who =
            $"{caller.Subject} {caller.Client} {caller.Token} {context.Connection.RemoteIpAddress} {context.Request.Headers.UserAgent}";
        if (method == "notifications/cancelled")
        {
            if (Member(Member(said, "params"), "requestId") is { } taken)
            {
                await calls.CancelAsync(who, taken.GetRawText());
            }
            await next(context);
            return;
        }
        if (method != "tools/call" || Member(said, "id") is not { } id)
        {
            await next(context);
            return;
        }
        if (WhyNoCall(said) is { } why)
        {
            await RefuseAsync(context, StatusCodes.Status200OK, id, (int)McpErrorCode.InvalidParams, why);
            return;
        }
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        context.RequestAborted = ending.Token;
        using (calls.Begin(who, id.GetRawText(), ending))
        {
            await next(context);
        }
    }

    /// <summary>Browsers send the origin of the page that asks; "null" is a page of nobody's.</summary>
    private static bool IsOurs(HttpRequest request, string address) =>
        request.Headers.Origin.ToString() is not { Length: > 0 } origin
        || (
            Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && Uri.TryCreate(address, UriKind.Absolute, out var own)
            && Uri.Compare(
                page,
                own,
                UriComponents.SchemeAndServer,
                UriFormat.Unescaped,
                StringComparison.OrdinalIgnoreCase
            ) == 0
        );

    private static string? WhyNoCall(JsonElement said) =>
        Member(said, "params") is not { ValueKind: JsonValueKind.Object } asked
            ? "params is an object with name and arguments."
        : Text(asked, "name") is not { Length: > 0 } ? "params.name is the name of a tool."
        : Member(asked, "arguments") is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) }
            ? "params.arguments is an object with the tool's arguments by name."
        : null;

    private static async Task<JsonDocument?> ReadAsync(HttpRequest request, CancellationToken cancellation)
    {
        request.EnableBuffering();
        try
        {
            return await JsonDocument.ParseAsync(request.Body, default, cancellation);
        }
        catch (JsonException exception) when (exception is not TextRefusedException)
        {
            // What it is not is for the server to say.
            return null;
        }
        finally
        {
            request.Body.Position = 0;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, JsonElement? id, int code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new
            {
                jsonrpc = "2.0",
                id,
                error = new { code, message },
            },
            context.RequestAborted
        );
    }

    private static JsonElement? Member(JsonElement? of, string name) =>
        of is { ValueKind: JsonValueKind.Object } element && element.TryGetProperty(name, out var member)
            ? member
            : null;

    private static string? Text(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
