using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Configuration;

/// <summary>The configuration as a file over HTTP: the body of a request is the file itself.</summary>
internal static class ConfigurationApi
{
    public const string MediaType = "application/yaml";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes
            .MapGroup("/api/v1/configuration")
            .RequireAuthorization(Policies.Admin)
            .WithTags("Configuration");
        api.MapGet("", WriteAsync)
            .WithSummary("Tenants, clients, receivers, policies and dashboards as one YAML file, without a secret");
        api.MapPost("/plan", PlanAsync)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .WithMetadata(new RequestSizeLimitAttribute(ConfigurationDesk.LongestFile))
            .WithSummary(
                "What a file (the body) would change; changes nothing. remove=true takes away what its parts do not name"
            );
        api.MapPost("/apply", ApplyAsync)
            .ReadsAnyText()
            .ReadsAnothersFormat()
            .WithMetadata(new RequestSizeLimitAttribute(ConfigurationDesk.LongestFile))
            .WithSummary("Applies a file (the body); plan=HASH only if the differences are still those of that plan");
        // For a browser's download, which sends no token.
        routes
            .MapGet("/configuration/file", WriteAsync)
            .WithMetadata(HandsOutMuch.Here)
            .RequireAuthorization(Policies.Admin)
            .ExcludeFromDescription();
    }

    private static async Task<ContentHttpResult> WriteAsync(
        [FromServices] ConfigurationDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation
    ) =>
        TypedResults.Text(
            await desk.WriteAsync(await callers.GetAsync(cancellation), cancellation),
            MediaType,
            Encoding.UTF8
        );

    private static async Task<Ok<ConfigurationPlan>> PlanAsync(
        HttpRequest request,
        [FromServices] ConfigurationDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        bool remove = false
    ) =>
        TypedResults.Ok(
            await desk.PlanAsync(
                await callers.GetAsync(cancellation),
                await TextAsync(request, cancellation),
                remove,
                cancellation
            )
        );

    private static async Task<Ok<ConfigurationApplied>> ApplyAsync(
        HttpRequest request,
        [FromServices] ConfigurationDesk desk,
        [FromServices] ICurrentCaller callers,
        CancellationToken cancellation,
        bool remove = false,
        string? plan = null
    ) =>
        TypedResults.Ok(
            await desk.ApplyAsync(
                await callers.GetAsync(cancellation),
                await TextAsync(request, cancellation),
                remove,
                plan,
                null,
                cancellation
            )
        );

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
            throw new UnreadableConfigurationException("The file is no UTF-8 text.");
        }
    }
}

internal sealed class ConfigurationProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnreadableConfigurationException => new ProblemDetails
            {
                Status = 422,
                Title = "The file can't be read",
                Detail = exception.Message,
            },
            FaultyConfigurationException => new ProblemDetails
            {
                Status = 422,
                Title = "Something in the file can't be",
                Detail = exception.Message,
            },
            StaleConfigurationException => new ProblemDetails
            {
                Status = 409,
                Title = "The differences are others now",
                Detail = exception.Message,
                Extensions = { ["code"] = "worldChanged" },
            },
            _ => null,
        };
}
