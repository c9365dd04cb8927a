using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

[JsonConverter(typeof(CamelCaseEnum<Risk>))]
public enum Risk
{
    Low,
    Medium,
    High,
}
