using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

/// <summary>Policies as YAML over HTTP: the body of a request is the text itself.</summary>
internal static class PolicyTextApi
{
    public const string MediaType = "application/yaml";

    /// <summary>The schema, for a browser.</summary>
    public const string SchemaPage = "/policies/schema";

    /// <summary>All policies as a file, for a browser's download.</summary>
    public const string FilePage = "/policies/file";

    /// <param name="routes">For a browser, which sends no token.</param>
    public static void Map(IEndpointRouteBuilder routes, RouteGroupBuilder api)
    {
        routes.MapGet(SchemaPage, Schema).RequireAuthorization(Policies.Read).ExcludeFromDescription();
        routes.MapGet(FilePage, AllAsync).RequireAuthorization(Policies.Read).ExcludeFromDescription();
        api.MapGet("/schema", Schema)
            .RequireAuthorization(Policies.Read)
            .WithSummary("The JSON Schema of a policy as it is written down");
        api.MapGet("/yaml", AllAsync).RequireAuthorization(Policies.Read).WithSummary("All policies as one YAML text");
        api.MapPost("/yaml", SaveAsync)
            .RequireAuthorization(Policies.Propose)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .WithMetadata(new RequestSizeLimitAttribute(PolicyText.Longest))
            .WithSummary(
                "Writes the policies of a text (the body) down: as drafts, or in place of what those of the same names said; all or none"
            )
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(422);
        api.MapPost("/yaml/check", CheckAsync)
            .RequireAuthorization(Policies.Read)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .WithMetadata(new RequestSizeLimitAttribute(PolicyText.Longest))
            .WithSummary("What a text (the body) says, as sentences, and what saving it would do; changes nothing")
            .ProducesProblem(404)
            .ProducesProblem(422);
        api.MapGet("/{id}/yaml", OneAsync)
            .RequireAuthorization(Policies.Read)
            .WithSummary("One policy as YAML")
            .ProducesProblem(404);
        api.MapPut("/{id}/yaml", ChangeAsync)
            .RequireAuthorization(Policies.Propose)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .WithMetadata(new RequestSizeLimitAttribute(PolicyText.Longest))
            .WithSummary(
                "Puts what a text (the body) says in place of what a policy said; an enforced one goes back to shadow. version=N only if it is at that"
            )
            .ProducesProblem(404)
            .ProducesProblem(409)
            .ProducesProblem(422);
    }

    private static JsonHttpResult<JsonElement> Schema([FromServices] PolicySchema schema) =>
        TypedResults.Json(schema.Text, contentType: "application/schema+json");

    private static async Task<ContentHttpResult> AllAsync(
        string? tenant,
        [FromServices] PolicyExchange exchange,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => Yaml(await exchange.AllAsync(await callers.GetAsync(cancellation), tenant, cancellation));

    private static async Task<Ok<Page<PolicySaved>>> SaveAsync(
        HttpRequest request,
        [FromServices] PolicyExchange exchange,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            new Page<PolicySaved>(
                await exchange.SaveAsync(
                    await callers.GetAsync(cancellation),
                    await TextAsync(request, cancellation),
                    cancellation
                ),
                null
            )
        );

    private static async Task<Ok<Page<PolicySaved>>> CheckAsync(
        HttpRequest request,
        [FromServices] PolicyExchange exchange,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            new Page<PolicySaved>(
                await exchange.CheckAsync(
                    await callers.GetAsync(cancellation),
                    await TextAsync(request, cancellation),
                    cancellation
                ),
                null
            )
        );

    private static async Task<ContentHttpResult> OneAsync(
        string id,
        [FromServices] PolicyExchange exchange,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) => Yaml(await exchange.OneAsync(await callers.GetAsync(cancellation), id, cancellation));

    private static async Task<Ok<PolicyView>> ChangeAsync(
        string id,
        int? version,
        HttpRequest request,
        [FromServices] PolicyExchange exchange,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Ok(
            await exchange.ChangeAsync(
                await callers.GetAsync(cancellation),
                id,
                await TextAsync(request, cancellation),
                version,
                cancellation
            )
        );

    private static ContentHttpResult Yaml(string text) => TypedResults.Text(text, MediaType, Encoding.UTF8);

    private static async Task<string> TextAsync(HttpRequest request, CancellationToken cancellation)
    {
        using var reader = new StreamReader(
            request.Body,
            new UTF8Encoding(false, throwOnInvalidBytes: true),
            detectEncodingFromByteOrderMarks: true
        );
        try
        {
            return await reader.ReadToEndAsync(cancellation);
        }
        catch (DecoderFallbackException)
        {
            throw new UnfitPolicyException("policy", "is no UTF-8 text.");
        }
    }
}
