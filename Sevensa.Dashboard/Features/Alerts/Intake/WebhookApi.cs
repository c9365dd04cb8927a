using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Intake;

/// <summary>Where Alertmanager and its like send their messages. They are known by a secret that each shares with us, not by a token of a caller's.</summary>
internal static class WebhookApi
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        foreach (var sender in HookSender.All)
        {
            routes
                .MapPost(
                    sender.Path,
                    (
                        HttpContext context,
                        WebhookSecret secret,
                        AlertIntake intake,
                        IAuditLog audit,
                        IOptions<AlertsOptions> options,
                        CancellationToken cancellation,
                        string? tenant = null,
                        string? source = null
                    ) => TakeInAsync(sender, (tenant, source), context, secret, intake, audit, options, cancellation)
                )
                .AllowAnonymous()
                .ReadsAnothersFormat()
                .WithTags("Alerts")
                .WithSummary(
                    $"{sender.Name}'s webhook: Authorization: Bearer with the shared secret, or X-Webhook-Secret. `tenant` says whose alerts are that don't say it themselves{(sender.NumbersItself ? "; `source` tells several of them apart" : "")}"
                )
                .ProducesProblem(401)
                .ProducesProblem(403)
                .ProducesProblem(503);
        }
    }

    private static async Task<Results<Ok<TakenIn>, ProblemHttpResult>> TakeInAsync(
        HookSender sender,
        (string? Tenant, string? Source) said,
        HttpContext context,
        WebhookSecret secret,
        AlertIntake intake,
        IAuditLog audit,
        IOptions<AlertsOptions> options,
        CancellationToken cancellation
    )
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (secret.IsHeldOff(sender, context.NetworkOf()))
        {
            // Alertmanager sends again after 503, and never after 429: what it says with the right secret must not be lost.
            context.Response.Headers.RetryAfter = "60";
            return TypedResults.Problem(
                "Too many messages with a wrong secret came from this address. It is answered again in a minute.",
                statusCode: 503,
                title: "Wait a minute"
            );
        }
        if (!secret.IsConfigured(sender))
        {
            return TypedResults.Problem(
                $"No secret is shared with {sender.Name} yet. Put one into a file and name it in {sender.Setting}.",
                statusCode: 503,
                title: "The webhook is not configured"
            );
        }
        if (await secret.ExpectedAsync(sender, cancellation) is not { } expected)
        {
            context.Response.Headers.RetryAfter = "30";
            return TypedResults.Problem(
                $"The secret that is shared with {sender.Name} can't be read: the file that {sender.Setting} names is missing, empty, or not the dashboard's to read. Nothing was taken in.",
                statusCode: 503,
                title: "The webhook has no secret now"
            );
        }
        if (!WebhookSecret.IsRight(context.Request, expected))
        {
            secret.Failed(sender, context.NetworkOf());
            await audit.AppendAsync(
                new AuditEntry(
                    new AuditActor("client", sender.Actor, $"Webhook of {sender.Name}"),
                    "hook.refused",
                    Target: sender.Path,
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
        var alerts = await ReadAsync();
        secret.Took(sender);
        return TypedResults.Ok(await intake.TakeInAsync([.. alerts.Select(Owned)], cancellation));

        async Task<IReadOnlyList<ToldAlert>> ReadAsync()
        {
            try
            {
                return await sender.ReadAsync(context.Request.Body, cancellation);
            }
            catch (InvalidOperationException)
            {
                // What is not sent as JSON is not looked through at the border.
                throw new UnreadableMessageException(
                    "It holds a text that is none: half of a character (a lone surrogate)."
                );
            }
        }

        ToldAlert Owned(ToldAlert alert) =>
            alert with
            {
                Labels =
                    said.Tenant is not { Length: > 0 } tenant || alert.Labels.ContainsKey("tenant")
                        ? alert.Labels
                        : new Dictionary<string, string>(alert.Labels, StringComparer.Ordinal) { ["tenant"] = tenant },
                Fingerprint =
                    sender.NumbersItself && said.Source is { Length: > 0 } source && alert.Fingerprint is { } number
                        ? AlertFacts.Fingerprint(
                            new Dictionary<string, string>(StringComparer.Ordinal)
                            {
                                ["number"] = number,
                                ["source"] = source,
                            }
                        )
                        : alert.Fingerprint,
            };
    }
}
