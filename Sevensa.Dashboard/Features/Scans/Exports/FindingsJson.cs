using System.IO.Pipelines;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Scans.Exports;

/// <summary><c>{tenant, at, findings: […]}</c> in the API's own words.</summary>
internal sealed class FindingsJson(PipeWriter body, JsonSerializerOptions options) : IFindingsWriter
{
    private readonly Utf8JsonWriter json = new(body, new JsonWriterOptions { Encoder = options.Encoder });

    public string ContentType => "application/json; charset=utf-8";

    public string Ending => "json";

    public void Begin(string tenant, DateTimeOffset at)
    {
        json.WriteStartObject();
        json.WriteString("tenant", tenant);
        json.WritePropertyName("at");
        JsonSerializer.Serialize(json, at, options);
        json.WriteStartArray("findings");
    }

    public void Write(Finding finding) => JsonSerializer.Serialize(json, finding, options);

    public void Pass() => json.Flush();

    public void End()
    {
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
    }

    public void Dispose() => json.Dispose();
}
