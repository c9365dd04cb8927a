using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>How much can go wrong, which decides who may approve it and how many must.</summary>
[JsonConverter(typeof(CamelCaseEnum<Risk>))]
public enum Risk
{
    Low,
    Medium,
    High,
}
