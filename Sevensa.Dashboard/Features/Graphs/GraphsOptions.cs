using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Graphs;

/// <summary>Section <c>Graphs</c>: remote graphs that work for operators, and how long they are waited for.</summary>
internal sealed class GraphsOptions
{
    /// <summary>Each is read by itself, see <see cref="GraphServerOptions"/>.</summary>
    public Dictionary<string, string?>? Servers { get; set; }

    /// <summary>A run that gives no sign of life for so long is told as lost: after a restart some servers call it running for ever.</summary>
    [Range(1, 1440)]
    public int LostAfterMinutes { get; set; } = 15;

    /// <summary>How long threads that have ended are kept.</summary>
    [Range(1, 3650)]
    public int KeepDays { get; set; } = 90;

    internal TimeSpan LostAfter => TimeSpan.FromMinutes(LostAfterMinutes);
}

/// <summary>How a graph takes the text that it is started with.</summary>
internal enum GraphInput
{
    /// <summary><c>{"messages": [{"role": "user", "content": …}]}</c>, as agents take it.</summary>
    Messages,

    /// <summary><c>{"text": …}</c>.</summary>
    Text,
}

/// <summary>One entry of <c>Graphs:Servers</c>: a LangGraph server, which of its graphs are offered, and whom they work for.</summary>
internal sealed class GraphServerOptions : IValidatableObject
{
    public const string Section = "Graphs:Servers";

    /// <summary>Its name here: <c>main</c>.</summary>
    [Required]
    [RegularExpression("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", ErrorMessage = "is a word of a-z, 0-9 and - (at most 63)")]
    public string Name { get; set; } = "";

    /// <summary>Base address, <c>http://langgraph:2024</c>.</summary>
    [Required]
    public string Url { get; set; } = "";

    /// <summary>File with the key that goes out as <c>X-Api-Key</c>; read anew at each question.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Assistants or graphs that may be started, by their names or ids there.</summary>
    public List<string> Graphs { get; set; } = [];

    /// <summary>Tenants that it works for. Nobody of another tenant sees it.</summary>
    public List<string> Tenants { get; set; } = [];

    public GraphInput Input { get; set; } = GraphInput.Messages;

    /// <summary>For each answer, in seconds; a stream may be silent for longer.</summary>
    [Range(1, 120)]
    public int TimeoutSeconds { get; set; } = 15;

    internal TimeSpan Patience => TimeSpan.FromSeconds(TimeoutSeconds);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            Url.Length > 0
            && !(
                Uri.TryCreate(Url, UriKind.Absolute, out var uri)
                && uri.Scheme is "http" or "https"
                && uri.UserInfo.Length + uri.Query.Length + uri.Fragment.Length == 0
            )
        )
        {
            yield return new ValidationResult(
                $"\"{Url}\" is not an http or https address without a name, password or query",
                [nameof(Url)]
            );
        }
        if (KeyFile is { Length: > 0 } file && !File.Exists(file))
        {
            yield return new ValidationResult($"\"{file}\" is not there, or can't be read", [nameof(KeyFile)]);
        }
        if (Graphs.Count == 0 || Graphs.Exists(string.IsNullOrWhiteSpace))
        {
            yield return new ValidationResult("names no graph that may be started", [nameof(Graphs)]);
        }
        if (Tenants.Count == 0 || Tenants.Exists(string.IsNullOrWhiteSpace))
        {
            yield return new ValidationResult("names no tenant that it works for", [nameof(Tenants)]);
        }
    }
}
