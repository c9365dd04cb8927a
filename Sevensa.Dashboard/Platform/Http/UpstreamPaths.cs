using Microsoft.OpenApi;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Describes paths that speak an upstream's language in the OpenAPI document. Their parameters are read by hand, so that the
/// document would not know of any.
/// </summary>
internal static class UpstreamPaths
{
    /// <param name="parameters">Names as the upstream has them, with blanks between: <c>*</c> at the end of one that is needed, <c>[]</c> of one that may come again.</param>
    /// <param name="type">Media type of the answer.</param>
    /// <param name="errors">Media type of a refusal.</param>
    public static TBuilder Speaks<TBuilder>(
        this TBuilder endpoint,
        string upstream,
        string parameters,
        string type = "application/json",
        string errors = "application/json"
    )
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.AddOpenApiOperationTransformer(
            (operation, _, _) =>
            {
                operation.Parameters ??= [];
                foreach (var said in parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    var name = said.TrimEnd('*');
                    var text = new OpenApiSchema { Type = JsonSchemaType.String };
                    operation.Parameters.Add(
                        new OpenApiParameter
                        {
                            Name = name,
                            In = ParameterLocation.Query,
                            Required = said.EndsWith('*'),
                            Schema = name.EndsWith("[]", StringComparison.Ordinal)
                                ? new OpenApiSchema { Type = JsonSchemaType.Array, Items = text }
                                : text,
                        }
                    );
                }
                operation.Description =
                    $"In {upstream}'s own language: its parameters (in the query, or with POST as a form), its answers and its errors.";
                operation.Responses = new OpenApiResponses
                {
                    ["200"] = Answer($"As {upstream} answers.", type),
                    ["400"] = Answer("The query can't be read or scoped.", errors),
                    ["401"] = Answer("No token.", errors),
                    ["403"] = Answer("Not for this role.", errors),
                    ["404"] = Answer("No such tenant.", errors),
                };
                return Task.CompletedTask;
            }
        );

    private static OpenApiResponse Answer(string what, string type) =>
        new()
        {
            Description = what,
            Content = new Dictionary<string, OpenApiMediaType> { [type] = new() },
        };
}
