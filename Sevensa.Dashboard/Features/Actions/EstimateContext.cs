using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>How the figures beside a plan are stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(PlanEstimate))]
internal sealed partial class EstimateContext : JsonSerializerContext;
