using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Section <c>Ollama</c>: the local chat model. vLLM and others that speak OpenAI's protocol: set <see cref="Protocol"/>.</summary>
public sealed class OllamaOptions : IValidatableObject
{
    /// <summary>Base address, <c>http://ollama:11434</c>. Empty: not configured.</summary>
    public string? Url { get; set; }

    /// <summary>Name of a model that can call tools.</summary>
    public string Model { get; set; } = "llama3.1:8b";

    /// <summary><c>ollama</c>, or <c>openai</c> for vLLM and the like.</summary>
    [RegularExpression("^(ollama|openai)$", ErrorMessage = "must be ollama or openai")]
    public string Protocol { get; set; } = "ollama";

    /// <summary>File with a bearer token, when the server asks for one.</summary>
    public string? TokenFile { get; set; }

    /// <summary>Silence of the model after which it is given up.</summary>
    [Range(5, 3600)]
    public int TimeoutSeconds { get; set; } = 120;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (
            !string.IsNullOrWhiteSpace(Url)
            && !(Uri.TryCreate(Url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
        )
        {
            yield return new ValidationResult($"\"{Url}\" is not an http or https address", [nameof(Url)]);
        }
    }
}

/// <summary>Section <c>Assistant</c>: how far one answer may go.</summary>
public sealed class AssistantOptions
{
    /// <summary>Rounds of tool calls in one answer.</summary>
    [Range(1, 30)]
    public int MaximumRounds { get; set; } = 8;

    /// <summary>Characters of one tool's result that the model is given; the rest is cut and said so.</summary>
    [Range(500, 200_000)]
    public int MaximumToolResult { get; set; } = 12_000;

    /// <summary>Messages of the conversation that the model is reminded of.</summary>
    [Range(2, 200)]
    public int Memory { get; set; } = 24;

    [Range(1, 100_000)]
    public int MaximumQuestion { get; set; } = 8_000;
}
