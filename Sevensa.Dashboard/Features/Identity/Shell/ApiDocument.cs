using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Identity.Shell;

/// <summary>The contract as OpenAPI at <c>/openapi/v1.json</c>, and to browse at <c>/api</c>.</summary>
internal static class ApiDocument
{
    public static void AddApiDocument(this WebApplicationBuilder builder) =>
        builder.Services.AddOpenApi(
            "v1",
            options =>
            {
                options.ShouldInclude = description =>
                    description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
                options.AddDocumentTransformer(DescribeAsync);
                options.AddOperationTransformer(NameAsync);
            }
        );

    public static void MapApiDocument(this IEndpointRouteBuilder app)
    {
        var document = app.MapOpenApi("/openapi/{documentName}.json");
        if (app.ServiceProvider.GetRequiredService<IHostEnvironment>().IsSandbox())
        {
            document.AllowAnonymous();
        }
        else
        {
            document.RequireAuthorization(Policies.Portal);
        }
        // The shell of the page only: what it shows is the document, which has its own door.
        app.MapScalarApiReference(
                "/api",
                (options, context) =>
                    options
                        .WithTitle("Sevensa Dashboard API")
                        .WithNonce(context.CspNonce())
                        .WithOpenApiRoutePattern("/openapi/{documentName}.json")
                        .AddDocument("v1")
                        .DisableDefaultFonts()
                        .DisableTelemetry()
                        .DisableAgent()
                        .DisableMcp()
                        .HideDeveloperTools()
                        .HideClientButton()
            )
            .AllowAnonymous();
    }

    /// <summary>Of a list's paging and filters the document would have our members' names (<c>Cursor</c>), where the contract has <c>cursor</c>.</summary>
    private static Task NameAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellation
    )
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            if (parameter is { In: ParameterLocation.Query, Name: { } name })
            {
                parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(name);
            }
        }
        return Task.CompletedTask;
    }

    private static Task DescribeAsync(
        OpenApiDocument document,
        OpenApiDocumentTransformerContext context,
        CancellationToken cancellation
    )
    {
        document.Info = new OpenApiInfo
        {
            Title = "Sevensa Dashboard",
            Version = "v1",
            Description =
                "Send `Authorization: Bearer` with an access token from /connect/token or a personal access token. "
                + "Errors are problem details (RFC 9457). A figure that is not finite (NaN, infinite) is null. POSTs may carry `Idempotency-Key`. The Prometheus and Loki paths speak their upstream's language.",
        };
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes["bearer"] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = $"From {OidcServer.TokenPath}, or a personal access token",
        };
        document.Security = [new() { [new OpenApiSecuritySchemeReference("bearer", document)] = [] }];
        return Task.CompletedTask;
    }
}
