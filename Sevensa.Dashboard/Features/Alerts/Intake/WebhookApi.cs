using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Where Alertmanager sends its messages. It is known by a secret that it shares with us, not by a token of a caller's.</summary>
internal static class WebhookApi
{
    public static void MapWebhook(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/v1/hooks/alertmanager", TakeInAsync)
            .AllowAnonymous()
            .ReadsAnothersFormat()
            .WithTags("Alerts")
            .WithSummary("Alertmanager's webhook: Authorization: Bearer with the shared secret, or X-Webhook-Secret")
            .ProducesProblem(401)
            .ProducesProblem(403)
            .ProducesProblem(503);

    private static async Task<Results<Ok<TakenIn>, ProblemHttpResult>> TakeInAsync(
        HttpContext context,
        WebhookSecret secret,
        AlertIntake intake,
        IAuditLog audit,
        IOptions<AlertsOptions> options,
        CancellationToken cancellation
    )
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (secret.IsHeldOff(address))
        {
            // Alertmanager sends again after 503, and never after 429: what it says with the right secret must not be lost.
            context.Response.Headers.RetryAfter = "60";
            return TypedResults.Problem(
                "Too many messages with a wrong secret came from this address. It is answered again in a minute.",
                statusCode: 503,
                title: "Wait a minute"
            );
        }
        if (!secret.IsConfigured)
        {
            return TypedResults.Problem(
                "No secret is shared with Alertmanager yet. Put one into a file and name it in Alerts:WebhookSecretFile.",
                statusCode: 503,
                title: "The webhook is not configured"
            );
        }
        if (await secret.ExpectedAsync(cancellation) is not { } expected)
        {
            context.Response.Headers.RetryAfter = "30";
            return TypedResults.Problem(
                "The secret that is shared with Alertmanager can't be read: the file that Alerts:WebhookSecretFile names is missing, empty, or not the dashboard's to read. Nothing was taken in.",
                statusCode: 503,
                title: "The webhook has no secret now"
            );
        }
        if (!WebhookSecret.IsRight(context.Request, expected))
        {
            secret.Failed(address);
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("client", "alertmanager", "Webhook of Alertmanager"),
                    "hook.refused",
                    Target: "/api/v1/hooks/alertmanager",
                    Outcome: AuditOutcome.Refused,
                    Detail: WebhookSecret.IsGiven(context.Request)
                        ? $"A wrong secret came from {address}."
                        : $"A message without a secret came from {address}."
                ),
                cancellation
            );
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return WebhookSecret.IsGiven(context.Request)
                ? TypedResults.Problem("The secret is not the right one.", statusCode: 403, title: "Not allowed")
                : TypedResults.Problem(
                    "Send the shared secret: Authorization: Bearer, or X-Webhook-Secret.",
                    statusCode: 401,
                    title: "Who are you?"
                );
        }
        // Set late: who has no secret need not be read at all.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.Value.WebhookMostBytes;
        }
        var alerts = await WebhookMessage.ReadAsync(context.Request.Body, cancellation);
        return TypedResults.Ok(await intake.TakeInAsync(alerts, cancellation));
    }
}
