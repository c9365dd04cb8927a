using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Figures on the wire: one that is not finite (NaN, ±Inf), for which JSON has no number, is null. Upstreams tell such
/// figures of any query that divides by nothing, and one of them must not cost the whole answer.
/// </summary>
public sealed class FiniteNumber : JsonConverter<double>
{
    private const NumberStyles Plain =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType != JsonTokenType.String
        || (options.NumberHandling & JsonNumberHandling.AllowReadingFromString) == 0
            ? reader.GetDouble()
        : double.TryParse(reader.GetString(), Plain, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
        : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
