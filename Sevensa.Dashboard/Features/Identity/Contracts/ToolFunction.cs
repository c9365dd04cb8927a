using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>Makes the functions of an <see cref="IToolSource"/>: their answers are in the API's forms of times and words.</summary>
public static class ToolFunction
{
    private static readonly JsonSerializerOptions Json = InFormsOfTheApi();

    /// <param name="read">Describes itself and its arguments by attributes; raises what stands in its way.</param>
    /// <param name="name">By which models and programs call it, such as <c>list_alerts</c>.</param>
    public static AIFunction Create(Delegate read, string name) =>
        AIFunctionFactory.Create(read, name, serializerOptions: Json);

    private static JsonSerializerOptions InFormsOfTheApi()
    {
        var json = new JsonSerializerOptions(AIJsonUtilities.DefaultOptions);
        // The first that fits counts.
        json.Converters.Insert(0, new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        json.Converters.Insert(0, new MillisecondTime());
        json.MakeReadOnly();
        return json;
    }
}
